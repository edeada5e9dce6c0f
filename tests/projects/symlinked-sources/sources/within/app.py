def handler(event, context):
    return "sources/within"
