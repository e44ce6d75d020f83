raise SystemExit("this socket is mine")
