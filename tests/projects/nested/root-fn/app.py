def handler(event, context):
    return "root-fn"
