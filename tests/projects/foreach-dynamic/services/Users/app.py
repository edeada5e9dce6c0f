def handler(event, context):
    return "Users"
