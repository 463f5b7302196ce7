"""What runs inside the cluster beside the services: make topics and buckets as the model says, sign certificates. Copied into the image `tools`.

Only the standard library and the packages of requirements.txt may be imported here, and nothing else of Wireplan.
"""
