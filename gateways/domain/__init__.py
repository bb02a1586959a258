"""The arithmetic of traffic: weights, buckets, layouts, conditions, selectors. Pure."""
