/* The power button, which a machine's owner presses to ask for power-off. */
#ifndef RASVM_GUEST_POWER_H
#define RASVM_GUEST_POWER_H

/* A descriptor that is readable when there may be an ACPI event; -1 where the kernel has none. */
int power_open(void);

/* Reads what is there; gives 1 if the power button was pressed. */
int power_pressed(int fd);

#endif
