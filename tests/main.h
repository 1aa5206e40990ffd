/* tests/main.h - what the helpers of test.c need from the program around them.
 */
#ifndef SR_TESTS_MAIN_H
#define SR_TESTS_MAIN_H

/* The directory that holds every sr_test_dir of this run. */
const char *sr_test_root(void);

#endif
