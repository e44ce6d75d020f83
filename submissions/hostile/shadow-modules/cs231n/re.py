raise SystemExit("this re is mine")
