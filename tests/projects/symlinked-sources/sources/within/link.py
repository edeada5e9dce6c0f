def handler(event, context):
    return "sources/plain"
