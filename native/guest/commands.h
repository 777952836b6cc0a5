/* The commands of the console, one line each: TAG NAME ARGUMENT... */
#ifndef RASVM_GUEST_COMMANDS_H
#define RASVM_GUEST_COMMANDS_H

/* Runs one line and says its answer: "TAG ok key=value ..." or "TAG error words". Changes the line. */
void command_run(char* line);

#endif
