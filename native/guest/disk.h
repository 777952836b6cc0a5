/* An empty file system, for a guest that has no program to make one. */
#ifndef RASVM_GUEST_DISK_H
#define RASVM_GUEST_DISK_H

/* Writes an ext2 file system of at most 128 MiB to a block device or file. Gives 0 or an errno. */
int disk_format(const char* path);

#endif
