raise SystemExit("this numpy is mine")
