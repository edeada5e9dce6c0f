"""The network interfaces that a function sees, asked of a C extension."""

import json

import netifaces


def handler(event, context):
    return {"statusCode": 200, "body": json.dumps({"interfaces": netifaces.interfaces()})}
