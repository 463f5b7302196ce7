"""What runs inside the cluster, in Jobs: make topics and buckets as the model says. Copied into the image `tools`.

Only the standard library and the packages of requirements.txt may be imported here, and nothing else of Wireplan.
"""
