raise SystemExit("this struct is mine")
