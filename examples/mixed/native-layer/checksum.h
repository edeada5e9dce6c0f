#ifndef CHECKSUM_H
#define CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 as zip, PNG and Ethernet have it. */
uint32_t checksum_crc32(const void *data, size_t size);

#endif
