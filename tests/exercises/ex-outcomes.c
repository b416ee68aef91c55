/* Exercise "What may come out?": the answers in outcomes.txt, or in the file
 * that ANSWERS names. The tests of single questions hold what is right, and
 * are not handed out. */
#include "run.h"

#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUESTIONS = 6 };
static char answers[QUESTIONS + 1]; /* from 1 on; 0: none that can be read */

static void read_answers(void)
{
    const char *named = getenv("ANSWERS");
    FILE *file = fopen(named ? named : "outcomes.txt", "r");
    if (!file)
        ck_abort_msg("%s: %s", named ? named : "outcomes.txt", strerror(errno));
    char line[256], letter;
    int number;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "%d%*[ :.()]%c", &number, &letter) == 2 &&
            number >= 1 && number <= QUESTIONS)
            answers[number] = (char)tolower((unsigned char)letter);
    fclose(file);
}

static void expect_an_answer(int number)
{
    ck_assert_msg(answers[number] >= 'a' && answers[number] <= 'c',
                  "question %d has no answer: write a line like \"%d: a\", "
                  "with a, b or c",
                  number, number);
}

START_TEST(every_question_has_an_answer)
{
    for (int i = 1; i <= QUESTIONS; i++)
        expect_an_answer(i);
}
END_TEST

static void expect(int number, char right, const char *why)
{
    expect_an_answer(number);
    ck_assert_msg(answers[number] == right, "question %d: %s", number, why);
}

START_TEST(question_1)
{
    expect(1, 'b',
           "both threads may read before either writes, and both may also "
           "read one after the other. Nobody can write 0: each adds one to "
           "what it has read. See \"Three instructions\".");
}
END_TEST

START_TEST(question_2)
{
    expect(2, 'c',
           "a thread may sleep between its first read and its first write, "
           "and wipe out nine additions; the other may then do the same in "
           "its last round. Play it with two columns, as in \"Three "
           "instructions\".");
}
END_TEST

START_TEST(question_3)
{
    expect(3, 'a',
           "two conflicting accesses, none of them atomic, and no order: "
           "then C promises nothing at all, not even one of the values that "
           "the machine's steps would give. See \"What C says\".");
}
END_TEST

START_TEST(question_4)
{
    expect(4, 'c',
           "each access is locked, so no race is there to be reported; but "
           "the copy is old when it is written back. See \"Atomic pieces, "
           "and still wrong\".");
}
END_TEST

START_TEST(question_5)
{
    expect(5, 'b',
           "reading, adding and writing are one step here, on any machine. "
           "See \"Two cures\".");
}
END_TEST

START_TEST(question_6)
{
    expect(6, 'b',
           "the tool sees the accesses and the orders of this run, and no "
           "others. See \"What they cannot see\".");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("What may come out?");
    TCase *tcase = tcase_create("answers");
    tcase_add_checked_fixture(tcase, read_answers, NULL);
    tcase_add_test(tcase, every_question_has_an_answer);
    tcase_add_test(tcase, question_1);
    tcase_add_test(tcase, question_2);
    tcase_add_test(tcase, question_3);
    tcase_add_test(tcase, question_4);
    tcase_add_test(tcase, question_5);
    tcase_add_test(tcase, question_6);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
