/*
 * ACPI events come by generic netlink, family "acpi_event", from kernels without any module loaded
 * (drivers/acpi/event.c). An attribute holds struct acpi_genl_event.
 */
#define _GNU_SOURCE
#include "power.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FAMILY "acpi_event"
#define BUTTON_CLASS "button/power"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

static struct nlattr *next_attribute(struct nlattr *attribute, char *end) {
    if (attribute->nla_len < NLA_HDRLEN)
        return NULL;
    char *next = (char *)attribute + NLA_ALIGN(attribute->nla_len);
    return next + NLA_HDRLEN <= end ? (struct nlattr *)next : NULL;
}

static struct nlattr *find_attribute(char *begin, char *end, int type) {
    struct nlattr *attribute = begin + NLA_HDRLEN <= end ? (struct nlattr *)begin : NULL;
    for (; attribute; attribute = next_attribute(attribute, end))
        if ((attribute->nla_type & NLA_TYPE_MASK) == type && (char *)attribute + attribute->nla_len <= end)
            return attribute;
    return NULL;
}

static char *attribute_data(struct nlattr *attribute) {
    return (char *)attribute + NLA_HDRLEN;
}

static char *attribute_end(struct nlattr *attribute) {
    return (char *)attribute + attribute->nla_len;
}

/* Asks the kernel for the family; gives the number of its first multicast group, or 0. */
static uint32_t find_group(int fd) {
    union {
        struct {
            struct nlmsghdr header;
            struct genlmsghdr generic;
            struct nlattr attribute;
            char name[NLA_ALIGN(sizeof(FAMILY))];
        } ask;
        struct nlmsghdr header;
        char bytes[4096];
    } message = {0};
    message.ask.header.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN + NLA_HDRLEN + NLA_ALIGN(sizeof(FAMILY)));
    message.ask.header.nlmsg_type = GENL_ID_CTRL;
    message.ask.header.nlmsg_flags = NLM_F_REQUEST;
    message.ask.generic.cmd = CTRL_CMD_GETFAMILY;
    message.ask.generic.version = 1;
    message.ask.attribute.nla_len = NLA_HDRLEN + sizeof(FAMILY);
    message.ask.attribute.nla_type = CTRL_ATTR_FAMILY_NAME;
    strcpy(message.ask.name, FAMILY);
    if (send(fd, &message, message.ask.header.nlmsg_len, 0) < 0)
        return 0;
    ssize_t length = recv(fd, &message, sizeof(message), 0);
    if (length < (ssize_t)NLMSG_LENGTH(GENL_HDRLEN) || message.header.nlmsg_type != GENL_ID_CTRL)
        return 0;
    struct nlattr *groups =
        find_attribute(message.bytes + NLMSG_LENGTH(GENL_HDRLEN), message.bytes + length, CTRL_ATTR_MCAST_GROUPS);
    if (!groups)
        return 0;
    struct nlattr *group = (struct nlattr *)attribute_data(groups);
    struct nlattr *id = find_attribute(attribute_data(group), attribute_end(group), CTRL_ATTR_MCAST_GRP_ID);
    return id ? *(uint32_t *)attribute_data(id) : 0;
}

int power_open(void) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
        uint32_t group = find_group(fd);
        if (group && setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) == 0)
            return fd;
    }
    close(fd);
    return -1;
}

int power_pressed(int fd) {
    char message[4096];
    ssize_t length = recv(fd, message, sizeof(message), MSG_DONTWAIT);
    /* struct acpi_genl_event begins with the device's class, a string of at most 20 bytes. */
    const ssize_t class_at = NLMSG_LENGTH(GENL_HDRLEN) + NLA_HDRLEN;
    return length >= class_at + 20 && !strncmp(message + class_at, BUTTON_CLASS, sizeof(BUTTON_CLASS) - 1);
}
