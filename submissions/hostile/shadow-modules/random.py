raise SystemExit("this random is mine")
