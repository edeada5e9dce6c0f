"""Two functions in one directory."""

import inflection


def hello(event, context):
    return greet("Hello", event)


def goodbye(event, context):
    return greet("Goodbye", event)


def greet(word, event):
    name = inflection.titleize(event["pathParameters"]["name"])
    return {"statusCode": 200, "body": f"{word}, {name}!\n"}
