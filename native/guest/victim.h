/* Victims: processes that own pages and touch them when told to. The first process only talks to them. */
#ifndef RASVM_GUEST_VICTIM_H
#define RASVM_GUEST_VICTIM_H

#include <stdint.h>
#include <sys/types.h>

#include "pages.h"
#include "touch.h"

enum { VICTIMS = 64, VICTIM_PAGES = 4096, REPORTS = 128 };

enum request_kind {
  REQUEST_ALLOC,
  REQUEST_WHERE,
  REQUEST_TOUCH,
  REQUEST_PIN,
  REQUEST_MCE_KILL,
  REQUEST_CLAIM
};

/* Shared by the first process and one victim; only who has the turn writes. */
struct exchange {
  struct {
    enum request_kind kind;
    int argument;   /* page kind, touch_how, CPU or PR_MCE_KILL_* */
    unsigned first; /* page numbers count from 0 for each victim */
    unsigned count;
    uint64_t offset;   /* in the page, or the GPA to claim */
    unsigned together; /* how many victims touch at the same time; 0: alone */
  } request;
  struct {
    int error; /* errno */
    unsigned first;
    uint64_t address; /* of the first page */
    int found;
    uint64_t searched;
    uint64_t gpa[REPORTS];
    struct touch_report touch[REPORTS];
  } reply;
};

struct victim {
  char name[16];
  pid_t pid; /* 0: free */
  int request_fd;
  int reply_fd;
  struct exchange* exchange;
};

extern struct victim victims[VICTIMS];

/* To be called once, before the first victim. */
void victims_init(void);

struct victim* victim_find(const char* name);

/* Starts one, or gives the one of that name. NULL with errno set if that fails. */
struct victim* victim_get(const char* name);

/* To be called before victims are asked to touch together: nobody has come to the barrier yet. */
void victims_line_up(void);

/* Lets a victim do what victim->exchange->request says. */
void victim_ask(struct victim* victim, unsigned together);

enum outcome { VICTIM_DONE, VICTIM_DIED, VICTIM_SILENT };

/* Waits for its reply. VICTIM_DIED: it is gone, and `*status` is what wait(2) said of it. */
enum outcome victim_wait(struct victim* victim, int* status);

/* Ends it (its memory is given back) and gives its wait(2) status. */
int victim_end(struct victim* victim);

#endif
