#include <stdint.h>
#include <stdlib.h>

#define NAPI_VERSION 8
#include <node_api.h>

static uint32_t fnv1a(const char *byte, size_t size)
{
    uint32_t hash = 2166136261u;

    while (size--)
        hash = (hash ^ (unsigned char)*byte++) * 16777619u;
    return hash;
}

/* hash(text): the 32-bit FNV-1a of the text in UTF-8, a number */
static napi_value hash(napi_env env, napi_callback_info info)
{
    size_t count = 1, size;
    napi_value text, result = NULL;
    char *bytes;

    if (napi_get_cb_info(env, info, &count, &text, NULL, NULL) != napi_ok)
        return NULL;
    if (napi_get_value_string_utf8(env, text, NULL, 0, &size) != napi_ok) {
        napi_throw_type_error(env, NULL, "a string is needed");
        return NULL;
    }
    bytes = malloc(size + 1);
    if (bytes == NULL) {
        napi_throw_error(env, NULL, "out of memory");
        return NULL;
    }
    if (napi_get_value_string_utf8(env, text, bytes, size + 1, &size) == napi_ok)
        napi_create_uint32(env, fnv1a(bytes, size), &result);
    free(bytes);
    return result;
}

NAPI_MODULE_INIT()
{
    napi_value function;

    if (napi_create_function(env, "hash", NAPI_AUTO_LENGTH, hash, NULL, &function) != napi_ok)
        return NULL;
    return function;
}
