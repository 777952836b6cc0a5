/* ext2, one block group: Documentation/filesystems/ext4/ (the layout that both share). */
#define _GNU_SOURCE
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK = 4096,
    GROUP_BLOCKS = 8 * BLOCK,
    INODES = 1024,
    INODE_SIZE = 256,
    FIRST_FREE_INODE = 11,
    ROOT_INODE = 2,
    /* Where things stand, in blocks; block 0 has the superblock. */
    DESCRIPTORS = 1,
    BLOCK_BITMAP = 2,
    INODE_BITMAP = 3,
    INODE_TABLE = 4,
    ROOT_DIRECTORY = INODE_TABLE + INODES * INODE_SIZE / BLOCK,
    USED_BLOCKS = ROOT_DIRECTORY + 1,
};

/* The fields that are not 0, all little-endian as arm64 is. */
struct superblock {
    uint32_t inodes_count, blocks_count, reserved_blocks, free_blocks, free_inodes, first_data_block;
    uint32_t log_block_size, log_cluster_size, blocks_per_group, clusters_per_group, inodes_per_group;
    uint32_t mount_time, write_time;
    uint16_t mounts, most_mounts, magic, state, on_error, minor_revision;
    uint32_t last_check, check_interval, creator, revision;
    uint16_t reserved_uid, reserved_gid;
    uint32_t first_inode;
    uint16_t inode_size, group;
    uint32_t compatible, incompatible, read_only_compatible;
};

struct group_descriptor {
    uint32_t block_bitmap, inode_bitmap, inode_table;
    uint16_t free_blocks, free_inodes, directories, flags;
};

struct inode {
    uint16_t mode, uid;
    uint32_t size, times[4];
    uint16_t gid, links;
    uint32_t sectors, flags, version, block[15];
};

static int put_block(int fd, uint32_t number, const void *block) {
    ssize_t n = pwrite(fd, block, BLOCK, (off_t)number * BLOCK);
    return n == BLOCK ? 0 : n < 0 ? errno : ENOSPC;
}

/* Bits `from` to `to` of a bitmap. */
static void set_bits(uint8_t *bitmap, uint32_t from, uint32_t to) {
    for (uint32_t bit = from; bit < to; bit++)
        bitmap[bit / 8] |= (uint8_t)(1 << bit % 8);
}

static uint8_t *entry(uint8_t *at, uint16_t length, const char *name) {
    const uint32_t inode = ROOT_INODE;
    memcpy(at, &inode, 4);
    memcpy(at + 4, &length, 2);
    at[6] = (uint8_t)strlen(name);
    at[7] = 2; /* a directory */
    memcpy(at + 8, name, strlen(name));
    return at + length;
}

static int format(int fd, uint32_t blocks) {
    const struct superblock super = {.inodes_count = INODES,
                                     .blocks_count = blocks,
                                     .free_blocks = blocks - USED_BLOCKS,
                                     .free_inodes = INODES - FIRST_FREE_INODE + 1,
                                     .log_block_size = 2,
                                     .log_cluster_size = 2,
                                     .blocks_per_group = GROUP_BLOCKS,
                                     .clusters_per_group = GROUP_BLOCKS,
                                     .inodes_per_group = INODES,
                                     .most_mounts = 0xffff,
                                     .magic = 0xef53,
                                     .state = 1, /* clean */
                                     .on_error = 1,
                                     .revision = 1,
                                     .first_inode = FIRST_FREE_INODE,
                                     .inode_size = INODE_SIZE,
                                     .incompatible = 2 /* file types in directories */};
    const struct group_descriptor group = {.block_bitmap = BLOCK_BITMAP,
                                           .inode_bitmap = INODE_BITMAP,
                                           .inode_table = INODE_TABLE,
                                           .free_blocks = (uint16_t)(blocks - USED_BLOCKS),
                                           .free_inodes = INODES - FIRST_FREE_INODE + 1,
                                           .directories = 1};
    const struct inode root = {
        .mode = 040755, .size = BLOCK, .links = 2, .sectors = BLOCK / 512, .block = {ROOT_DIRECTORY}};
    uint8_t block[BLOCK] = {0};
    int error = 0;
    for (uint32_t number = INODE_TABLE; number < ROOT_DIRECTORY && !error; number++)
        error = put_block(fd, number, block);
    memcpy(block + (ROOT_INODE - 1) * INODE_SIZE, &root, sizeof(root));
    error = error ? error : put_block(fd, INODE_TABLE, block);

    memset(block, 0, BLOCK);
    entry(entry(block, 12, "."), BLOCK - 12, "..");
    error = error ? error : put_block(fd, ROOT_DIRECTORY, block);

    memset(block, 0, BLOCK);
    set_bits(block, 0, USED_BLOCKS);
    set_bits(block, blocks, GROUP_BLOCKS);
    error = error ? error : put_block(fd, BLOCK_BITMAP, block);

    memset(block, 0, BLOCK);
    set_bits(block, 0, FIRST_FREE_INODE - 1);
    set_bits(block, INODES, GROUP_BLOCKS);
    error = error ? error : put_block(fd, INODE_BITMAP, block);

    memset(block, 0, BLOCK);
    memcpy(block, &group, sizeof(group));
    error = error ? error : put_block(fd, DESCRIPTORS, block);

    /* Last, so that what is not whole is no file system. */
    memset(block, 0, BLOCK);
    memcpy(block + 1024, &super, sizeof(super));
    return error ? error : put_block(fd, 0, block);
}

int disk_format(const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return errno;
    off_t size = lseek(fd, 0, SEEK_END);
    int error = size < 0 ? errno : 0;
    if (!error && (size < 2 * USED_BLOCKS * BLOCK || size > (off_t)GROUP_BLOCKS * BLOCK))
        error = EINVAL;
    if (!error)
        error = format(fd, (uint32_t)(size / BLOCK));
    if (fsync(fd) < 0 && !error)
        error = errno;
    close(fd);
    return error;
}
