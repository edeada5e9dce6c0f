def handler(event, context):
    return "Orders"
