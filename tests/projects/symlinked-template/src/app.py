def handler(event, context):
    return "real/src"
