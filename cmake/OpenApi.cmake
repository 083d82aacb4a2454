# Filled in with the HTTP module.
