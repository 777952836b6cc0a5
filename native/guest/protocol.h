/*
 * What the agent and its driver say to each other, a line each. src/scenario/guest/protocol.ts has the other side.
 *
 * The driver asks:     TAG COMMAND ARGUMENT...
 * The agent says:      rasvm-guest: TEXT #CRC
 * CRC is the CRC-32 (IEEE 802.3) of TEXT, eight hexadecimal digits: on a console that it shares with the kernel no
 * line that was cut or mixed up counts. TEXT is one of
 *   ready uname=RELEASE cpus=N ...             once, when it can be asked; what was sent before may be lost
 *   TAG data BYTES                             content that belongs to the answer, in order, before it
 *   TAG ok KEY=VALUE...                        the answer
 *   TAG error WORDS                            the answer: it failed
 *   event SUBJECT ...                          by itself: what came to a victim, the power button, a trace event
 * In arguments and values every byte outside of '!' to '~', and '%', is %XX. In BYTES and WORDS spaces stand for
 * themselves.
 */
#ifndef RASVM_GUEST_PROTOCOL_H
#define RASVM_GUEST_PROTOCOL_H

#define PREFIX "rasvm-guest: "

/* Longest line that is read or written, in bytes. */
#define LINE_SIZE 2000

/* Bytes of content on one line, at most: each may become three. */
#define DATA_BYTES 600

#endif
