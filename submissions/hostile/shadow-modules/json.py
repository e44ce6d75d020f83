raise SystemExit("this json is mine")
