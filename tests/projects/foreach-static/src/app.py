def handler(event, context):
    return "the same"
