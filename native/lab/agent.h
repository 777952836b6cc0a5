#ifndef RASVM_LAB_AGENT_H
#define RASVM_LAB_AGENT_H

/* Says what failed on the console and powers the lab off: the outside shows the console's last lines. */
void die(const char* what) __attribute__((noreturn));

/* Opens the virtio-serial port of that name; waits for the device and for its other end. */
int open_port(const char* name);

/* Serves the port until its other end is gone. */
void serve(int port) __attribute__((noreturn));

void power_off(void) __attribute__((noreturn));

#endif
