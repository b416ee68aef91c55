/* The box of chapter 22: each attack is stopped, its neighbour is undisturbed,
 * and nothing is left behind. Programs: box and villain, on $BIN. */
#define _GNU_SOURCE
#include "run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The ways to build a box, each tried with all attacks. The last is started by
 * a user without rights: by nobody, if the tests run as root. */
static const struct {
    const char *name, *start;
    bool needs_root, groups;
} ways[] = {{"cgroup", "box --tier cgroup", true, true},
            {"bwrap, started by root", "box --tier bwrap", true, false},
            {"bwrap, unprivileged", "$NOBODY box --tier bwrap", false, false}};
enum { WAYS = sizeof ways / sizeof ways[0] };

static const char *why_not[WAYS]; /* NULL: this way works here */

static void find_ways(void)
{
    static char reasons[WAYS][512];
    bool root = geteuid() == 0;
    setenv("NOBODY",
           root ? "setpriv --reuid 65534 --regid 65534 --clear-groups" : "", 1);
    for (int i = 0; i < WAYS; i++) {
        const struct run *r =
            run("ended=$(%s --report - -- true 2>&1) && "
                "echo \"$ended\" | grep -q '\"ended\": \"exit\"' || "
                "{ echo \"$ended\"; exit 1; }",
                ways[i].start);
        if (ways[i].needs_root && !root)
            why_not[i] = "needs root";
        else if (r->status != 0)
            why_not[i] = strcpy(reasons[i], *r->out ? r->out : r->err);
        if (why_not[i])
            printf("box: SKIPPED: %s: %s\n", ways[i].name, why_not[i]);
    }
    (void)fflush(stdout);
}

/* A test runs in a folder of its own, which a user without rights may use. */
static char folder[] = "/tmp/box-test-XXXXXX";

static void enter_folder(void)
{
    if (!mkdtemp(folder) || chmod(folder, 0777) || chdir(folder))
        ck_abort_msg("%s: %s", folder, strerror(errno));
}

static void leave_folder(void)
{
    ck_assert_int_eq(run("rm -rf %s", folder)->status, 0);
}

/* Run one box in way `way`; its report is the first line of the output. */
static const struct run *box(int way, const char *options, const char *command)
{
    return run("rm -f report; %s %s --report report -- %s >out 2>err; "
               "status=$?; cat report out err; exit $status",
               ways[way].start, options, command);
}

#define skip_unless_works(way)                                                 \
    if (why_not[way])                                                          \
    return

static void assert_ended(const struct run *r, const char *how)
{
    char pattern[256];
    (void)snprintf(pattern, sizeof pattern, "\"ended\": \"(%s)\"", how);
    ck_assert_msg(matches(r->out, pattern), "not ended by %s: %.2000s%.2000s",
                  how, r->out, r->err);
}

START_TEST(a_command_runs)
{
    skip_unless_works(_i);
    const struct run *r = box(_i, "", "sh -c 'pwd; echo word >&2; exit 3'");
    ck_assert_int_eq(r->status, 3);
    assert_ended(r, "exit");
    ck_assert(matches(r->out, "^/work$"));
    ck_assert(matches(r->out, "^word$"));
    ck_assert(matches(r->out, "\"status\": 3"));
    ck_assert(matches(r->out, "\"left\": 0"));
    r = box(_i, "", "sh -c 'kill -SEGV $$'");
    ck_assert_int_eq(r->status, 128 + 11);
    assert_ended(r, "signal");
    ck_assert(matches(r->out, "\"signal\": 11"));
    r = box(_i, "", "sh -c 'exit 137'");
    ck_assert_int_eq(r->status, 137);
    assert_ended(r, "exit");
}
END_TEST

START_TEST(the_tier_is_told)
{
    static const char *const tiers[] = {"cgroup[12][+]bwrap[+]uid[+]seccomp",
                                        "bwrap[+]watchdog[+]uid[+]seccomp",
                                        "bwrap[+]watchdog[+]seccomp"};
    char pattern[128];
    skip_unless_works(_i);
    (void)snprintf(pattern, sizeof pattern, "\"tier\": \"%s\"", tiers[_i]);
    ck_assert(matches(box(_i, "", "true")->out, pattern));
}
END_TEST

START_TEST(only_what_was_named_is_there)
{
    skip_unless_works(_i);
    ck_assert_int_eq(run("echo secret >secret; chmod 644 secret")->status, 0);
    const struct run *r = box(_i, "", "ls -A / /work /tmp/ /dev/shm");
    ck_assert_msg(matches(r->out, "^/:\n[.]box\nbin\ndev\netc\nlib"), "%s",
                  r->out);
    ck_assert(!matches(r->out, "^(home|root|sys|var|run|boot|mnt)$"));
    ck_assert(matches(r->out, "/work:\n*$"));
    r = box(_i, "--ro secret:/work/shown", "cat shown");
    ck_assert(matches(r->out, "^secret$"));
    r = box(_i, "--ro secret:/work/shown",
            "sh -c 'echo changed >shown; rm -f shown; touch /new /usr/new "
            "/dev/new; test -w /proc/sys/kernel/hostname && echo writable'");
    ck_assert(!matches(r->out, "^writable$"));
    ck_assert_str_eq(run("cat secret")->out, "secret\n");
    ck_assert_int_eq(run("test -e /usr/new -o -e /dev/new")->status, 1);
    /* The environment is empty but for what was said. */
    ck_assert_int_eq(setenv("SECRET", "secret", 1), 0);
    r = box(_i, "--env WORD=told", "env");
    ck_assert(!matches(r->out, "secret"));
    ck_assert(matches(r->out, "^WORD=told$"));
    ck_assert(matches(r->out, "^BOX=(cgroup|bwrap)$"));
    ck_assert_int_eq(count_in(r->out, "=") - count_in(r->out, "\"="), 4);
}
END_TEST

START_TEST(descriptors_are_closed)
{
    skip_unless_works(_i);
    const struct run *r =
        run("%s --pass 7 -- sh -c 'ls /proc/self/fd; cat <&7' "
            "5</etc/passwd 7<<END 9</etc/passwd\npassed\nEND\n",
            ways[_i].start);
    ck_assert_str_eq(r->out, "0\n1\n2\n3\n7\npassed\n"); /* 3 is of ls */
}
END_TEST

START_TEST(the_command_has_no_rights)
{
    skip_unless_works(_i);
    const struct run *r = box(_i, "", "cat /proc/self/status");
    ck_assert(matches(r->out, "^CapEff:\t0*$"));
    ck_assert(matches(r->out, "^CapPrm:\t0*$"));
    ck_assert(matches(r->out, "^NoNewPrivs:\t1$"));
    ck_assert(matches(r->out, "^Seccomp:\t2$"));
    if (ways[_i].needs_root) {
        ck_assert(matches(r->out, "^Uid:\t6[01][0-9]{3}\t"));
        ck_assert(matches(r->out, "^Groups:\t *$"));
    }
    /* Nothing of the keeper can be read or changed. */
    r = box(_i, "",
            "sh -c 'cat /proc/1/environ; ls /proc/1/fd; ls /proc/1/root/; "
            "kill -9 1; echo on'");
    ck_assert(matches(r->out, "^on$"));
    ck_assert_int_eq(count_in(r->out, "ermission denied"), 3);
}
END_TEST

/* With the guard's own real-time priority it could keep the guard waiting. */
START_TEST(no_priority_is_inherited)
{
    skip_unless_works(_i);
    if (run("chrt -f 10 true")->status != 0)
        return; /* this user may not even ask for it */
    const struct run *r =
        run("chrt -f 10 %s -- sh -c 'chrt -p $$'", ways[_i].start);
    ck_assert_msg(matches(r->out, "policy: SCHED_OTHER$"), "%s%s", r->out,
                  r->err);
}
END_TEST

START_TEST(outputs_are_new_files)
{
    skip_unless_works(_i);
    ck_assert_int_eq(
        run("echo old >old; ln -s target link; mkfifo fifo; chmod 777 old")
            ->status,
        0);
    static const char *const taken[] = {"old", "link", "fifo", "."};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 3; j++) {
            static const char *const options[] = {"--stdout", "--stderr",
                                                  "--report"};
            const struct run *r = run("%s %s %s -- echo new", ways[_i].start,
                                      options[j], taken[i]);
            ck_assert_int_eq(r->status, 125);
            ck_assert(matches(r->err, "^box: cannot make"));
        }
    ck_assert_str_eq(run("cat old; ls target")->out, "old\n");
    const struct run *r =
        run("echo in >in; %s --stdin in --stdout all --stderr all --report r "
            "-- sh -c 'cat; echo err >&2'; cat all; cat r",
            ways[_i].start);
    ck_assert(matches(r->out, "^in$"));
    ck_assert(matches(r->out, "^err$"));
    assert_ended(r, "exit");
    /* A result cannot be put into the way from inside. */
    r = run("mkdir -m 777 shared; echo mine >result; chmod 666 result; "
            "%s --rw shared:/work/shared -- ln -s ../result shared/result; "
            "%s --stdout shared/result -- echo changed; cat result",
            ways[_i].start, ways[_i].start);
    ck_assert(matches(r->out, "^mine$"));
    ck_assert(matches(r->err, "cannot make"));
}
END_TEST

/* A server that everybody on this machine can reach, in two ways. */
static int listen_at(void *address, socklen_t size)
{
    int family = ((struct sockaddr *)address)->sa_family;
    int server = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server == -1 || bind(server, address, size) || listen(server, 64) ||
        getsockname(server, address, &size))
        ck_abort_msg("server: %s", strerror(errno));
    return server;
}

static int listen_at_port(int *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *server = listen_at(&address, sizeof address);
    return ntohs(address.sin_port);
}

static int listen_at_name(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path + 1, name);
    return listen_at(
        &address,
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)));
}

/* Run villain in a box, beside another box that is to survive it, and with a
 * pipe that all its processes hold: it ends when the last of them is gone. */
static const struct run *attack(int way, const char *options, const char *what)
{
    return run(
        "rm -f gate held; mkfifo gate held; "
        "%s --pass 9 -- sh -c 'echo ready; read word <&9; echo $word' "
        "9<>gate >neighbour & "
        "while ! grep -q ready neighbour; do sleep 0.01; done 2>/dev/null; "
        "cat held >nothing & reader=$!; "
        "%s --pass 8 --ro \"$BIN/villain\":/work/villain %s --report - "
        "-- ./villain %s 8>held 2>report >out; status=$?; "
        "wait $reader; head -c 2000 out; cat report; "
        "echo undisturbed >gate; wait; cat neighbour; exit $status",
        ways[way].start, ways[way].start, options, what);
}

static void assert_undisturbed(const struct run *r)
{
    ck_assert_msg(matches(r->out, "^ready\nundisturbed$"),
                  "the neighbour was disturbed: %s%s", r->out, r->err);
}

static const struct {
    const char *options, *what, *ended, *said;
} attacks[] = {
    {"--processes 20", "forks", "processes", "more than 20 processes"},
    {"--memory 256M", "memory", "memory", "more than 256 MiB"},
    {"--work 1M --file 100M", "disk file", "exit", "No space left on device"},
    {"--work 1M", "disk /dev/shm/file", "exit", "No space left on device"},
    {"--work 64M --file 1M", "disk file", "output", "a file of more than 1024"},
    {"", "disk /file", "exit", "Read-only file system"},
    {"", "disk /dev/file", "exit", "Read-only file system"},
    {"--output 100K", "output", "output", "more than 100 KiB"},
    {"--cpu 0.3", "spin", "cpu", "more than 0.3 seconds of processor"},
    {"--wall 0.3", "sleep", "wall", "not done after 0.3 seconds"},
    {"", "leave", "exit", "left 1 process behind"},
    {"", "kill", "exit", "kill: No such process"},
    {"", "trace 1", "exit", "trace: Operation not permitted"},
    {"--ptrace", "trace 1", "exit", "trace: Operation not permitted"},
    {"", "nest", "exit", "nest: Operation not permitted"},
};
enum { ATTACKS = sizeof attacks / sizeof attacks[0] };

START_TEST(an_attack_is_stopped)
{
    int way = _i % WAYS, which = _i / WAYS;
    skip_unless_works(way);
    const struct run *r =
        attack(way, attacks[which].options, attacks[which].what);
    assert_ended(r, attacks[which].ended);
    ck_assert_msg(matches(r->out, attacks[which].said), "%s: %s%s",
                  attacks[which].what, r->out, r->err);
    if (strcmp(attacks[which].ended, "exit") != 0)
        ck_assert_int_eq(r->status, 124);
    assert_undisturbed(r);
}
END_TEST

/* Output is cut where it was said, and not before. */
START_TEST(output_is_cut)
{
    skip_unless_works(_i);
    const struct run *r =
        run("%s --output 100K -- cat /dev/zero | wc -c", ways[_i].start);
    ck_assert_str_eq(r->out, "102400\n");
    r = run("%s --output 100K --report - -- head -c 102400 /dev/zero | wc -c",
            ways[_i].start);
    ck_assert_str_eq(r->out, "102400\n");
    ck_assert(matches(r->err, "\"ended\": \"exit\""));
    ck_assert(matches(r->err, "\"output_cut\": false"));
}
END_TEST

/* What lies outside is reached without a box, and not from within. */
START_TEST(the_machine_is_out_of_reach)
{
    skip_unless_works(_i);
    char name[64], what[3][256];
    int port_server, port = listen_at_port(&port_server);
    (void)snprintf(name, sizeof name, "box-test-%d", (int)getpid());
    int name_server = listen_at_name(name);
    (void)snprintf(what[0], sizeof what[0], "connect %d", port);
    (void)snprintf(what[1], sizeof what[1], "call %s", name);
    (void)snprintf(what[2], sizeof what[2], "read %s/solution.c", folder);
    ck_assert_int_eq(run("echo answer >solution.c")->status, 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(run("BOX=none villain %s", what[i])->status, 0);
        const struct run *r = attack(_i, "", what[i]);
        ck_assert_int_eq(r->status, 1);
        ck_assert(matches(r->out, i == 2 ? "read: No such file"
                                         : ": Connection refused"));
        assert_undisturbed(r);
    }
    (void)close(port_server);
    (void)close(name_server);
}
END_TEST

/* Processes of other boxes have no names here. */
START_TEST(neighbours_are_invisible)
{
    skip_unless_works(_i);
    const struct run *r = box(_i, "", "sh -c 'ls /proc; :'");
    ck_assert(matches(r->out, "^1$"));
    ck_assert(!matches(r->out, "^[0-9]{3,}$"));
    r = box(_i, "",
            "sh -c 'cut -d: -f1 -s /proc/net/dev; ls -A /dev/mqueue; "
            "cat /proc/sysvipc/shm | wc -l'");
    ck_assert(!matches(r->out, "eth|ens|wlan|docker"));
}
END_TEST

/* The filter, call by call; python3 knows their numbers from the headers. */
START_TEST(calls_are_filtered)
{
    skip_unless_works(_i);
    ck_assert_int_eq(
        run("cat >calls.c <<'END'\n"
            "#define _GNU_SOURCE\n"
            "#include <errno.h>\n#include <sched.h>\n#include <stdio.h>\n"
            "#include <sys/socket.h>\n#include <sys/syscall.h>\n"
            "#include <unistd.h>\n"
            "#define TRY(call) errno = 0; call; printf(#call \" %%d\\n\", "
            "errno)\n"
            "int main(void) {\n"
            "TRY(syscall(SYS_mount, 0, 0, 0, 0, 0));\n"
            "TRY(syscall(SYS_unshare, CLONE_NEWNET));\n"
            "TRY(syscall(SYS_setns, 0, 0));\n"
            "TRY(syscall(SYS_keyctl, 0, 0));\n"
            "TRY(syscall(SYS_bpf, 0, 0, 0));\n"
            "TRY(syscall(SYS_io_uring_setup, 1, 0));\n"
            "TRY(syscall(SYS_clone, CLONE_NEWUSER | 17, 0, 0, 0, 0));\n"
            "TRY(syscall(SYS_clone3, 0, 0));\n"
            "TRY(socket(AF_VSOCK, SOCK_STREAM, 0));\n"
            "TRY(socket(AF_NETLINK, SOCK_RAW, 0));\n"
            "TRY(socket(AF_UNIX, SOCK_STREAM, 0));\n"
            "TRY(socket(AF_INET, SOCK_STREAM, 0));\n"
            "return 0; }\nEND\ngcc -w -o calls calls.c")
            ->status,
        0);
    const struct run *r = box(_i, "--ro calls:/work/calls", "./calls");
    ck_assert_msg(count_in(r->out, ") 1\n") == 7, "%s", r->out); /* EPERM */
    ck_assert_msg(matches(r->out, "clone3, 0, 0\\) 38$"), "%s", r->out);
    ck_assert_int_eq(count_in(r->out, ") 97\n"), 2); /* EAFNOSUPPORT */
    ck_assert_int_eq(count_in(r->out, ") 0\n"), 2);
}
END_TEST

/* Leaks are found where tracing is allowed, and only there. Of many: a copy of
 * the last address may still stand in a register. */
START_TEST(leaks_can_be_found)
{
    skip_unless_works(_i);
    ck_assert_int_eq(
        run("printf '#include <stdlib.h>\\nchar *volatile lost;"
            "int main(void) { for (int i = 0; i < 99; i++) lost = malloc(7);"
            " return 0; }' >leak.c;"
            "gcc -fsanitize=address -o leak leak.c")
            ->status,
        0);
    const struct run *r = box(_i, "--ptrace --ro leak:/work/leak", "./leak");
    ck_assert_msg(matches(r->out, "SUMMARY: AddressSanitizer: [0-9]+ byte"),
                  "%s", r->out);
    r = box(_i, "--ro leak:/work/leak", "./leak");
    ck_assert(!matches(r->out, "SUMMARY: AddressSanitizer: [0-9]+ byte"));
}
END_TEST

/* Threads and sanitizers work inside. */
START_TEST(sanitizers_work)
{
    skip_unless_works(_i);
    ck_assert_int_eq(
        run("printf '#include <pthread.h>\\n#include <stdatomic.h>\\n"
            "int shared; atomic_int done;"
            /* One after the other, and yet a race: told in every run. */
            "static void *add(void *p) { shared++;"
            "atomic_store_explicit(&done, 1, memory_order_relaxed); return p; }"
            "int main(void) { pthread_t t; pthread_create(&t, 0, add, 0);"
            "while (!atomic_load_explicit(&done, memory_order_relaxed)) ;"
            "shared++; pthread_join(t, 0); return 0; }' >race.c;"
            "gcc -g -fsanitize=thread -o race race.c")
            ->status,
        0);
    const struct run *r = box(_i, "--ro race:/work/race", "./race");
    ck_assert_msg(matches(r->out, "WARNING: ThreadSanitizer: data race"), "%s",
                  r->out);
    assert_ended(r, "exit");
    ck_assert_int_eq(r->status, 66);
}
END_TEST

/* Processor time counts of those too who have died, with no parent but the
 * keeper: of orphans, one after the other, each uses about a second. */
START_TEST(the_time_of_the_dead_counts)
{
    skip_unless_works(_i);
    const struct run *r =
        box(_i, "--cpu 1.5",
            "sh -c 'spin() { (ulimit -t 1; while :; do :; done) & };"
            "for i in 1 2 3 4 5 6; do (spin); sleep 1.2; done; sleep 1000'");
    assert_ended(r, "cpu");
}
END_TEST

/* Exactly as many processes or threads as agreed. */
START_TEST(processes_are_counted)
{
    skip_unless_works(_i);
    const char *many = "sh -c 'for i in 1 2 3 4 5 6 7; do sleep 0.3 & done; "
                       "wait; echo all'";
    const struct run *r = box(_i, "--processes 8", many);
    ck_assert(matches(r->out, "^all$"));
    assert_ended(r, "exit");
    assert_ended(box(_i, "--processes 7", many), "processes");
}
END_TEST

/* The first line of each file says how the compiler's box must end. */
START_TEST(the_compiler_is_a_victim_too)
{
    static const char *const files[] = {
        "dev-zero",       "include-self", "macros", "incbin",
        "include-secret", "big-object",   "crash"};
    int way = _i % WAYS;
    const char *file = files[_i / WAYS];
    skip_unless_works(way);
    char options[512], how[64] = "";
    const struct run *r = run("cat $HOSTILE/%s.c", file);
    const char *must = strstr(r->out, "must end: ");
    ck_assert(must && sscanf(must, "must end: %63[a-z|]", how) == 1);
    (void)snprintf(options, sizeof options,
                   "--cpu 5 --wall 120 --memory 200M --ro $HOSTILE/%s.c:"
                   "/work/student.c",
                   file);
    r = box(way, options, "gcc -c student.c");
    assert_ended(r, how);
    ck_assert_int_ne(r->status, 0);
    ck_assert(!matches(r->out, "root:"));
}
END_TEST

/* The groups of the box whose user ID is in the file "nothing": path and number,
 * for another box may take ID and name as soon as this one is gone. */
#define LIST_GROUPS                                                            \
    "find /sys/fs/cgroup -name \"many-hands-$(cat nothing)\" -printf "         \
    "'%%p %%i\n'"

/* Killed from outside, a box takes all with it; what it cannot remove itself,
 * the next one does. */
START_TEST(a_killed_box_takes_all_with_it)
{
    skip_unless_works(_i);
    const struct run *r =
        run("mkfifo held; cat held >nothing & reader=$!; "
            "%s --pass 8 --wall 1000 -- sh -c 'id -u >&8; trap : TERM; "
            "(setsid sleep 1000 &) ; sleep 1000' 8>held & started=$!; "
            "while ! grep -q . nothing; do sleep 0.01; done; " LIST_GROUPS
            " >groups; kill -KILL $started; wait $reader; echo gone; "
            "while " LIST_GROUPS " | grep -qxFf groups; do %s -- true; done; "
            "test -s groups && echo groups were there",
            ways[_i].start, ways[_i].start);
    ck_assert_str_eq(r->out,
                     ways[_i].groups ? "gone\ngroups were there\n" : "gone\n");
}
END_TEST

/* A group around the box's has less memory than the box may take, as a machine
 * may have. In version 2, groups with processes have none within. */
START_TEST(memory_of_the_machine_is_not_the_limit)
{
    if (why_not[0] || run("test -d /sys/fs/cgroup/memory")->status != 0)
        return;
    const struct run *r =
        run("g=/sys/fs/cgroup/memory$(sed -n 's/.*:memory://p' "
            "/proc/self/cgroup); mkdir $g/box-test-$$; "
            "echo 200M >$g/box-test-$$/memory.limit_in_bytes; "
            "(echo 0 >$g/box-test-$$/cgroup.procs; exec box --tier cgroup "
            "--memory 1G --report report -- "
            "sh -c 'head -c 600M /dev/zero | tail'); cat report; "
            "rmdir $g/box-test-$$");
    ck_assert_str_eq(r->err, "");
    assert_ended(r, "infra");
    ck_assert(matches(r->out, "the machine has no memory left"));
}
END_TEST

START_TEST(a_box_can_be_told_to_stop)
{
    skip_unless_works(_i);
    const struct run *r =
        run("mkfifo held; cat held >nothing & reader=$!; "
            "%s --pass 8 --wall 1000 --report - -- sh -c 'id -u >&8; "
            "sleep 1000' 8>held & started=$!; "
            "while ! grep -q . nothing; do sleep 0.01; done; " LIST_GROUPS
            " >groups; kill -TERM $started; wait $started; echo $?; "
            "wait $reader; " LIST_GROUPS " | grep -xFf groups",
            ways[_i].start);
    ck_assert_str_eq(r->out, "125\n");
    ck_assert(matches(r->err, "\"ended\": \"infra\""));
}
END_TEST

START_TEST(many_boxes_at_once)
{
    skip_unless_works(_i);
    const struct run *r =
        run("mkfifo gate; : >ids; exec 9<>gate; "
            "for i in 1 2 3 4 5 6 7 8; do %s --pass 9 -- "
            "sh -c 'id -u; read word <&9; exit 0' >>ids || echo $? & done; "
            "while [ $(wc -l <ids) -lt 8 ]; do sleep 0.01; done; "
            "printf '1\n2\n3\n4\n5\n6\n7\n8\n' >&9; wait; "
            "grep -c . ids; sort -u ids | grep -c .",
            ways[_i].start);
    ck_assert_str_eq(r->out, ways[_i].needs_root ? "8\n8\n" : "8\n1\n");
}
END_TEST

/* Who does not read the output makes nobody wait for ever. */
START_TEST(an_unread_output_is_no_trap)
{
    skip_unless_works(_i);
    const struct run *r =
        run("mkfifo held unread; cat held & reader=$!; exec 7<>unread; "
            "%s --pass 8 --wall 2 --output 10M -- yes 8>held >unread; "
            "echo $?; wait $reader",
            ways[_i].start);
    ck_assert_str_eq(r->out, "125\n");
    ck_assert(matches(r->err, "nobody reads the output"));
}
END_TEST

START_TEST(what_cannot_be_done_is_said)
{
    static const struct {
        const char *arguments, *message;
    } mistakes[] = {
        {"", "no command"},
        {"--", "no command"},
        {"true", "what is 'true'"},
        {"--memory", "what is '--memory'"},
        {"--memory x -- true", "--memory x: a number above 0"},
        {"--memory 1T -- true", "--memory 1T: a number above 0"},
        {"--cpu -1 -- true", "a number above 0"},
        {"--cpu nan -- true", "a number above 0"},
        {"--walls 1 -- true", "what is '--walls 1'"},
        {"--tier best -- true", "--tier is one of"},
        {"--ro /usr -- true", "not of the form SOURCE:/TARGET"},
        {"--ro /usr:usr -- true", "not of the form SOURCE:/TARGET"},
        {"--ro nothing:/work/x -- true", "nothing"},
        {"--env x -- true", "what is '--env x'"},
        {"--pass 77 -- true", "descriptor 77: Bad file descriptor"},
        {"--stdin nothing -- true", "cannot read 'nothing'"},
        {"--stdout no/thing -- true", "cannot make 'no/thing'"},
        {"-- nosuchcommand", "cannot run 'nosuchcommand': No such file"},
    };
    if (why_not[1] && why_not[2])
        return;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        const struct run *r = run("box %s", mistakes[i].arguments);
        ck_assert_msg(r->status == 125 && matches(r->err, mistakes[i].message),
                      "box %s: %d %s", mistakes[i].arguments, r->status,
                      r->err);
        ck_assert_str_eq(r->out, "");
    }
    const struct run *r = run("env -u BOX villain nest");
    ck_assert_int_eq(r->status, 2);
    ck_assert(matches(r->err, "villain: runs in a box only"));
}
END_TEST

START_TEST(no_tier_is_lowered)
{
    const struct run *r = run("$NOBODY box --tier cgroup -- true");
    ck_assert_int_eq(r->status, 125);
    ck_assert(matches(r->err, "only root can make control groups"));
    r = run("PATH=$BIN box --report - -- /usr/bin/true");
    ck_assert_int_eq(r->status, 125);
    ck_assert(matches(r->err, "\"ended\": \"infra\""));
    ck_assert(matches(r->err, "cannot run bwrap"));
    r = run("box --tiers");
    ck_assert_int_eq(r->status, 0);
    ck_assert_int_eq(count_in(r->out, "\n"), 3);
    ck_assert(matches(r->out, "^rlimit  rlimit[+]watchdog"));
}
END_TEST

/* The lowest tier, asked for by name: limits hold, walls there are none. */
START_TEST(the_lowest_tier_has_limits)
{
    static const struct {
        const char *options, *command, *ended;
    } tries[] = {
        {"--cpu 0.3", "sh -c 'while :; do :; done'", "cpu"},
        {"--wall 0.3", "sleep 1000", "wall"},
        {"--output 1K", "yes", "output"},
        {"--processes 20",
         "sh -c 'for i in $(seq 30); do sleep 1000 & done; wait'", "processes"},
        {"--memory 100M", "sh -c 'head -c 300M /dev/zero | tail'", "memory"},
        {"--file 1M", "sh -c 'exec head -c 2M /dev/zero >file'", "output"},
        {"", "sh -c 'echo >file; exit 4'", "exit"},
    };
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        const struct run *r =
            run("mkdir -p t; TMPDIR=$PWD/t box --tier rlimit --report - %s "
                "-- %s >out; status=$?; ls t; exit $status",
                tries[i].options, tries[i].command);
        ck_assert_msg(strstr(r->err, tries[i].ended), "%s: %s",
                      tries[i].command, r->err);
        ck_assert_str_eq(r->out, ""); /* the folder is gone */
    }
    const struct run *r = run("echo shown >file; chmod 644 file; "
                              "box --tier rlimit --ro file:/work/name "
                              "-- cat name; "
                              "box --tier rlimit --ro file:/work/a/b/name "
                              "-- cat a/b/name; "
                              "box --tier rlimit --ro file:/etc/name -- true");
    ck_assert_str_eq(r->out, "shown\nshown\n");
    ck_assert(matches(r->err, "rlimit cannot show"));
}
END_TEST

/* add_tests, with a folder for each. */
static void add_cases(Suite *suite, const char *name, int turns,
                      const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 240);
    tcase_add_checked_fixture(tcase, enter_folder, leave_folder);
    for (size_t i = 0; i < count; i++)
        tcase_add_loop_test(tcase, tests[i], 0, turns);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    const TTest *const by_way[] = {a_command_runs,
                                   the_tier_is_told,
                                   only_what_was_named_is_there,
                                   descriptors_are_closed,
                                   the_command_has_no_rights,
                                   no_priority_is_inherited,
                                   outputs_are_new_files,
                                   output_is_cut,
                                   the_machine_is_out_of_reach,
                                   neighbours_are_invisible,
                                   calls_are_filtered,
                                   leaks_can_be_found,
                                   sanitizers_work,
                                   processes_are_counted,
                                   the_time_of_the_dead_counts,
                                   a_killed_box_takes_all_with_it,
                                   a_box_can_be_told_to_stop,
                                   many_boxes_at_once,
                                   an_unread_output_is_no_trap};
    const TTest *const others[] = {
        what_cannot_be_done_is_said, no_tier_is_lowered,
        memory_of_the_machine_is_not_the_limit, the_lowest_tier_has_limits};
    const TTest *const attacked[] = {an_attack_is_stopped};
    const TTest *const compiled[] = {the_compiler_is_a_victim_too};
    char here[4096];
    if (!getcwd(here, sizeof here - 32) ||
        setenv("HOSTILE", strcat(here, "/tests/hostile"), 1))
        return EXIT_FAILURE;
    find_ways();
    Suite *suite = suite_create("box");
    add_cases(suite, "boxes", WAYS, by_way, sizeof by_way / sizeof by_way[0]);
    add_cases(suite, "attacks", WAYS * ATTACKS, attacked, 1);
    add_cases(suite, "compilers", WAYS * 7, compiled, 1);
    add_cases(suite, "others", 1, others, sizeof others / sizeof others[0]);
    return run_suite(suite);
}
