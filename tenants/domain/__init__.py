"""What is decided about tenants without asking anybody. Pure: no Django, no store, no clock."""
