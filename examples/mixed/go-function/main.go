// Command bootstrap is a Lambda function that answers with the CRC-32 of a text,
// computed by the C library in the layer.
package main

// #cgo CFLAGS: -I${SRCDIR}/layer/include
// #cgo LDFLAGS: -L${SRCDIR}/layer/lib -lchecksum
// #include <stdlib.h>
// #include "checksum.h"
import "C"

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"unsafe"
)

type request struct {
	Query map[string]string `json:"queryStringParameters"`
}

type response struct {
	Status int    `json:"statusCode"`
	Body   string `json:"body"`
}

func crc32(text string) uint32 {
	data := C.CString(text)
	defer C.free(unsafe.Pointer(data))
	return uint32(C.checksum_crc32(unsafe.Pointer(data), C.size_t(len(text))))
}

func handle(r request) response {
	text, given := r.Query["text"]
	if !given {
		return response{http.StatusBadRequest, "which text?\n"}
	}
	return response{http.StatusOK, fmt.Sprintf("%08x\n", crc32(text))}
}

// serveOne takes the next invocation from the runtime API at base and answers it.
func serveOne(base string) error {
	next, err := http.Get(base + "next")
	if err != nil {
		return err
	}
	defer next.Body.Close()
	event, err := io.ReadAll(next.Body)
	if err != nil {
		return err
	}
	if next.StatusCode != http.StatusOK {
		return fmt.Errorf("next invocation: %s", next.Status)
	}

	var r request
	var outcome string
	var answer []byte
	if err := json.Unmarshal(event, &r); err != nil {
		outcome = "/error"
		answer, err = json.Marshal(map[string]string{"errorType": "BadEvent", "errorMessage": err.Error()})
	} else {
		outcome = "/response"
		answer, err = json.Marshal(handle(r))
	}
	if err != nil {
		return err
	}
	id := next.Header.Get("Lambda-Runtime-Aws-Request-Id")
	done, err := http.Post(base+id+outcome, "application/json", bytes.NewReader(answer))
	if err != nil {
		return err
	}
	return done.Body.Close()
}

func main() {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		if err := serveOne(base); err != nil {
			log.Fatal(err)
		}
	}
}
