/* Victims: processes that own pages and touch them when told to. The first process only talks to them. */
#ifndef RASVM_GUEST_VICTIM_H
#define RASVM_GUEST_VICTIM_H

#include <stdint.h>
#include <sys/types.h>

#include "touch.h"

enum { VICTIMS = 64, VICTIM_PAGES = 4096, REPORTS = 128, NAME_SIZE = 16, DIRECTORY_SIZE = 128 };

enum request_kind {
  REQUEST_ALLOC,
  REQUEST_WHERE,
  REQUEST_TOUCH,
  REQUEST_STORM, /* one page after the other, and only their number is told */
  REQUEST_CROWD, /* one page, by several threads at once */
  REQUEST_LOCK,
  REQUEST_PIN,
  REQUEST_MCE_KILL,
  REQUEST_FORK,
  REQUEST_BUSY,
  REQUEST_CLAIM
};

/* Shared by the first process and one victim; only who has the turn writes. */
struct exchange {
  struct {
    enum request_kind kind;
    int argument;   /* page kind, access_how, CPU, PR_MCE_KILL_*, mlock() or not, number of the child */
    unsigned first; /* page numbers count from 0 for each victim */
    unsigned count;
    uint64_t offset;   /* in the page, or the GPA to claim */
    unsigned together; /* how many victims touch at the same time, or threads; 0: alone */
    char text[DIRECTORY_SIZE]; /* directory for files, if one was named, or the child's name */
  } request;
  struct {
    int error; /* errno */
    unsigned first;
    uint64_t address; /* of the first page */
    pid_t child;
    int found;
    uint64_t searched;
    unsigned late; /* touches that ended with a late signal */
    uint64_t ns;   /* from the first touch to the end of the last */
    uint64_t gpa[REPORTS];
    struct touch_report touch[REPORTS];
  } reply;
};

struct victim {
  char name[NAME_SIZE];
  pid_t pid;  /* 0: free */
  int socket; /* a byte each way is a turn; hung up when the victim is gone */
  struct exchange* exchange;
};

extern struct victim victims[VICTIMS];

/* To be called once, before the first victim. Gives 0 or an errno. */
int victims_init(void);

struct victim* victim_find(const char* name);

/* Starts one, or gives the one of that name. NULL with errno set if that fails. */
struct victim* victim_get(const char* name);

/* Lets a victim fork: its child is a victim of its own, which shares its pages. Gives an outcome and an errno. */
enum outcome { VICTIM_DONE, VICTIM_DIED, VICTIM_SILENT };
enum outcome victim_fork(struct victim* parent, const char* name, int* status, int* error);

/* To be called before victims are asked to touch together: nobody has come to the barrier yet. */
void victims_line_up(void);

/* Lets a victim do what victim->exchange->request says. */
void victim_ask(struct victim* victim, unsigned together);

/* Long enough for an emulated host; the driver's own limit is longer. */
#define REPLY_LIMIT_MS 30000

/* Waits for its reply. VICTIM_DIED: it is gone, and `*status` is what wait(2) said of it. */
enum outcome victim_wait(struct victim* victim, int limit_ms, int* status);

/* Ends it (its memory is given back) and gives its wait(2) status. */
int victim_end(struct victim* victim);

#endif
