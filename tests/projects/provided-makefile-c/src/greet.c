#include <dlfcn.h>
#include <stdio.h>

int main(void) {
    void *library = dlopen("/opt/lib/libgreeting.so", RTLD_NOW);
    const char *(*greeting)(void) = library ? (const char *(*)(void))dlsym(library, "greeting") : NULL;
    puts(greeting ? greeting() : "no layer");
    return 0;
}
