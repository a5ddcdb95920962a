"""The Web API's methods, one module a family, and the table that finds them."""
