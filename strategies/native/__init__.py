"""Plain Deployments driven by ourselves: what their objects say, what the canary looks like, and the patches that
change them.

`claims` (whose hands are on an object) · `sides` (how the two sides' pods are told apart) · `sight` (objects to what is
seen) · `trouble` (why pods do not come up) · `canary` (the second Deployment) · `patches` (guarded changes). Objects
are the API's own JSON as mappings; nothing here changes the ones it is given.
"""
