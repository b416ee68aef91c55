/* Chapter 14, Fetching pages: its programs against nginx, and against a server
 * that does what nginx does not: lie, stop half-way, count. Both are started
 * here, on free ports of the loopback interface, and end with the suite. */
#define _GNU_SOURCE
#include "run.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What has to be so before there are tests. */
static void need(bool so, const char *what)
{
    if (so)
        return;
    fprintf(stderr, "tests/14-fetching-pages: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static char dir[] = "/tmp/fetching-XXXXXX";
static pid_t nginx, liar;

/* ---------- a server that lies ---------- */

/* What it has seen; shared with the tests. */
static struct seen {
    _Atomic int connections, asked, busy, flaky, now, most, resets;
} * seen;

static int listen_somewhere(int backlog, int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(fd >= 0, "socket");
    need(bind(fd, (struct sockaddr *)&address, size) == 0, "bind");
    if (backlog >= 0)
        need(listen(fd, backlog) == 0, "listen");
    need(getsockname(fd, (struct sockaddr *)&address, &size) == 0,
         "getsockname");
    *port = ntohs(address.sin_port);
    return fd;
}

static int say(int fd, const char *text)
{
    size_t length = strlen(text);
    return send(fd, text, length, MSG_NOSIGNAL) == (ssize_t)length ? 0 : -1;
}

static int say_page(int fd, const char *status, const char *more,
                    const char *body)
{
    char answer[1024];
    snprintf(answer, sizeof answer,
             "HTTP/1.1 %s\r\nContent-Type: text/html\r\n%sContent-Length: "
             "%zu\r\n\r\n%s",
             status, more, strlen(body), body);
    return say(fd, answer);
}

static int is(const char *request, const char *path)
{
    const char *from = strchr(request, ' ') + 1;
    return strncmp(from, path, strlen(path)) == 0 && from[strlen(path)] == ' ';
}

static int count_together(int fd)
{
    int now = ++seen->now, most = seen->most;
    while (most < now && !atomic_compare_exchange_weak(&seen->most, &most, now))
        ;
    (void)usleep(10000);
    seen->now--;
    return say_page(fd, "200 OK", "", "<p>12345");
}

/* Answer a request; -1 if the connection should be closed. */
static int lie(int fd, const char *request, bool broken)
{
    seen->asked++;
    if (broken)
        return say_page(fd, "503 Service Unavailable", "", "");
    if (is(request, "/half")) {
        (void)say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
        return -1;
    }
    if (is(request, "/more-than-said")) {
        (void)say(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                      "Content-Length: 4\r\n\r\nfour and more");
        return -1;
    }
    if (is(request, "/garbage")) {
        (void)say(fd, "what do you want?\r\n\r\n");
        return -1;
    }
    if (is(request, "/bad-chunk")) {
        (void)say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "zz\r\n");
        return -1;
    }
    if (is(request, "/bad-gzip")) {
        (void)say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                      "Content-Length: 8\r\n\r\nno gzip!");
        return -1;
    }
    if (is(request, "/silent")) {
        char byte;
        while (read(fd, &byte, 1) > 0)
            ;
        return -1;
    }
    if (is(request, "/endless")) {
        int bad = say(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n");
        while (!bad)
            bad = say(fd, "and so on, and so on, and so on, and so on, ");
        return -1;
    }
    if (is(request, "/busy"))
        return seen->busy++ ? say_page(fd, "200 OK", "", "<p>now")
                            : say_page(fd, "429 Too Many Requests",
                                       "Retry-After: 1\r\n", "");
    if (is(request, "/flaky"))
        return seen->flaky++ < 2 ? say_page(fd, "500 Oh", "", "")
                                 : say_page(fd, "200 OK", "", "<p>fine");
    if (is(request, "/always-500"))
        return say_page(fd, "500 Oh", "", "");
    if (is(request, "/much-later"))
        return say_page(fd, "429 No", "Retry-After: 3600\r\n", "");
    if (is(request, "/together"))
        return count_together(fd);
    if (is(request, "/a,\"b\""))
        return say_page(fd, "200 OK", "", "<p>quoted");
    if (is(request, "/delayed")) {
        (void)usleep(400000);
        return say_page(fd, "200 OK", "", "<p>late");
    }
    if (is(request, "/not-modified"))
        return say(fd, "HTTP/1.1 304 Not Modified\r\n\r\n");
    if (is(request, "/no-content"))
        return say(fd, "HTTP/1.1 204 No Content\r\n\r\n");
    if (is(request, "/a-part"))
        return say_page(fd, "206 Partial Content",
                        "Content-Range: bytes 0-4/900\r\n", "<p>ab");
    if (is(request, "/to-nowhere"))
        return say_page(fd, "302 Found", "", "<p>elsewhere");
    if (is(request, "/no-header")) {
        (void)say(fd, "<p>no header");
        return -1;
    }
    if (is(request, "/head-with-body")) /* even if nobody asked for one */
        return say_page(fd, "200 OK", "", "<p>unasked");
    if (is(request, "/reset"))
        return say_page(fd, "200 OK", "", "<p>again");
    if (is(request, "/no-head"))
        return strncmp(request, "HEAD", 4) == 0
                   ? say_page(fd, "501 Not Implemented", "", "")
                   : say_page(fd, "200 OK", "", "<p>got");
    return say_page(fd, "404 Not Found", "", "");
}

struct connection {
    int fd;
    bool broken;
};

static void *talk(void *argument)
{
    struct connection *connection = argument;
    int fd = connection->fd;
    bool broken = connection->broken;
    char request[8192] = "";
    size_t have = 0;
    ssize_t n;
    bool used = false;
    free(connection);
    while ((n = read(fd, request + have, sizeof request - 1 - have)) > 0) {
        have += (size_t)n;
        request[have] = '\0';
        if (!strstr(request, "\r\n\r\n"))
            continue;
        if (used && is(request, "/reset") && seen->resets++ == 0) {
            struct linger at_once = {.l_onoff = 1}; /* end with a reset */
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            break;
        }
        if (lie(fd, request, broken) != 0)
            break;
        have = 0;
        used = true;
    }
    close(fd);
    return NULL;
}

static void *accept_all(void *argument)
{
    struct connection *listener = argument;
    int fd;
    while ((fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        struct connection *connection = malloc(sizeof *connection);
        pthread_t thread;
        seen->connections++;
        *connection = (struct connection){fd, listener->broken};
        if (pthread_create(&thread, NULL, talk, connection) == 0)
            pthread_detach(thread);
    }
    return NULL;
}

static pid_t start_liar(void)
{
    static struct connection honest, broken = {.broken = true};
    int port, broken_port;
    char address[64];
    honest.fd = listen_somewhere(100, &port);
    broken.fd = listen_somewhere(100, &broken_port);
    snprintf(address, sizeof address, "http://127.0.0.1:%d", port);
    setenv("LIAR", address, 1);
    snprintf(address, sizeof address, "http://127.0.0.1:%d", broken_port);
    setenv("DOWN", address, 1);
    pid_t pid = fork();
    need(pid >= 0, "fork");
    if (pid == 0) {
        pthread_t thread;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pthread_create(&thread, NULL, accept_all, &broken);
        accept_all(&honest);
        _exit(0);
    }
    close(honest.fd);
    close(broken.fd);
    return pid;
}

/* ---------- nginx, and its pages ---------- */

static void make_pages(void)
{
    static const char *const lines[] = {
        "mkdir -p www/private www/many tmp",
        "cd www",
        "printf '<!DOCTYPE html><html><head><title>Ti</title><style>p{}</style>"
        "</head><body><p>Gr\\303\\274\\303\\237e, "
        "\\344\\270\\226\\347\\225\\214"
        "<script>var no;</script></body></html>' >page.html",
        "cp page.html packed.html; cp page.html private/diary.html",
        "cp page.html private/open.html; cp page.html private/open.html.bak",
        "/usr/bin/python3 -c 'import brotli, sys; sys.stdout.buffer.write("
        "brotli.compress(sys.stdin.buffer.read()))' <page.html >brotli.html",
        "printf '<p>caf\\351 \\200' >latin1-header.html",
        "printf '<meta charset=\"iso-8859-1\"><p>caf\\351' >latin1-meta.html",
        "printf '<p>caf\\351' >latin1-silent.html",
        "printf '<META NAME=a>\n<META CONTENT=\"text/html; "
        "CHARSET=Shift_JIS\"><p>\\223\\372\\226\\173' >capitals.html",
        "printf '<p>\\342\\202\\254' >utf8-silent.html",
        "printf '\\357\\273\\277<meta charset=latin1><p>\\303\\251' >bom.html",
        "printf '<p>\\303\\251' | iconv -f UTF-8 -t UTF-16 "
        ">utf16.html",
        "printf '\\376\\377\\0<\\0p\\0>\\0h\\0i\\330\\0' >utf16be.html",
        "printf '<meta charset=utf-8><p>a\\377b' >broken-utf8.html",
        "printf '<meta charset=klingon><p>qapla' >unknown.html",
        "printf '<p>one<b>two<i>three</p></b><table><td>four<!-- no' "
        ">tags.html",
        "printf 'a<b>c' >plain.txt; : >empty.html; printf x >dot.png",
        "head -c 12000000 /dev/zero | tr '\\0' x >huge.html",
        "head -c 40000000 /dev/zero | gzip -9 >bomb.html.gz",
        "head -c 20000 page.html >slow.html; head -c 20000 /dev/zero "
        "| tr '\\0' y >>slow.html",
        "for i in $(seq 40); do printf \"<p>%*s\" $i | tr ' ' x "
        ">many/$i.html; done",
        "printf 'User-agent: other\\nDisallow: /\\n\\nUser-agent: *\\n"
        "Disallow: /private/ # mine\\nAllow: /private/open*.html$\\n"
        "Disallow: /caf%%c3%%A9/\\nDisallow: /s%%65cret/a%%2Ab\\n' "
        ">robots.txt",
        "cd ..",
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
        "-days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 "
        "-keyout key.pem -out certificate.pem 2>/dev/null",
    };
    char script[16384];
    int length = snprintf(script, sizeof script, "set -e; cd %s; ", dir);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        length += snprintf(script + length, sizeof script - (size_t)length,
                           "%s\n", lines[i]);
    const struct run *r = run_for(240, script);
    need(r->status == 0, r->err);
}

static bool reached(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool yes = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return yes;
}

static void start_nginx(void)
{
    int port, tls, turn = 0;
    char text[4096];
    int one = listen_somewhere(-1, &port), two = listen_somewhere(-1, &tls);
    close(one);
    close(two);
    snprintf(text, sizeof text,
             "sed 's|@DIR@|%s|; s|@PORT@|%d|; s|@TLS@|%d|' "
             "tests/nginx/nginx.conf >%s/nginx.conf",
             dir, port, tls, dir);
    need(run_for(60, text)->status == 0, "nginx.conf");
    snprintf(text, sizeof text, "http://127.0.0.1:%d", port);
    setenv("SITE", text, 1);
    snprintf(text, sizeof text, "https://127.0.0.1:%d", tls);
    setenv("TLS", text, 1);
    nginx = fork();
    need(nginx >= 0, "fork");
    if (nginx == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        snprintf(text, sizeof text, "%s/nginx.conf", dir);
        setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1);
        execlp("nginx", "nginx", "-p", dir, "-e", "error.log", "-c", text,
               (char *)NULL);
        _exit(127);
    }
    while (!reached(port) || !reached(tls)) {
        need(waitpid(nginx, NULL, WNOHANG) == 0 && turn++ < 2000,
             "nginx does not start");
        (void)usleep(10000);
    }
}

static void start_servers(void)
{
    need(mkdtemp(dir) != NULL, dir);
    setenv("DIR", dir, 1);
    setenv("no_proxy", "*", 1);
    seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    need(seen != MAP_FAILED, "mmap");
    make_pages();
    liar = start_liar();
    start_nginx();
}

static void stop_servers(void)
{
    kill(nginx, SIGKILL);
    kill(liar, SIGKILL);
    waitpid(nginx, NULL, 0);
    waitpid(liar, NULL, 0);
    run("rm -rf %s", dir);
}

/* ---------- what comes out ---------- */

/* `command` succeeds, and prints one line that ends so for each page. */
static void counts(long characters, const char *command)
{
    char want[64];
    const struct run *r = run_well(command);
    snprintf(want, sizeof want, "Fetched %ld characters ", characters);
    ck_assert_msg(count_in(r->out, want) == 1, "%s\nwanted: %s\ncame: %s",
                  command, want, r->out);
}

/* `command` fails with status 1, and its one line matches. */
static void fails(const char *pattern, const char *command)
{
    const struct run *r = run("%s", command);
    ck_assert_msg(r->status == 1, "%s: status %d\n%s%s", command, r->status,
                  r->out, r->err);
    ck_assert_msg(matches(r->err, pattern) && count_in(r->err, "\n") == 1,
                  "%s\nwanted: %s\ncame: %s", command, pattern, r->err);
}

START_TEST(three_designs_agree)
{
    static const char *const designs[] = {"fetch_threads", "fetch_pool",
                                          "fetch_multi", "fetch"};
    char first[sizeof(((struct run *)NULL)->out)];
    for (size_t i = 0; i < 4; i++) {
        const struct run *r = run(
            "for i in $(seq 40); do set -- $@ $SITE/many/$i.html; done; %s $@",
            designs[i]);
        ck_assert_msg(r->status == 0, "%s: %s", designs[i], r->err);
        ck_assert_int_eq(count_in(r->out, "\n"), 40);
        for (int k = 1; k <= 40; k++) {
            char line[80];
            snprintf(line, sizeof line,
                     "Fetched %d characters from %s/many/%d.html\n", k,
                     getenv("SITE"), k);
            ck_assert_msg(strstr(r->out, line) != NULL, "%s: %s is missing",
                          designs[i], line);
        }
        if (i == 0)
            strcpy(first, r->out);
        ck_assert_str_eq(r->out, first);
    }
}
END_TEST

START_TEST(designs_report_failures)
{
    static const char *const designs[] = {"fetch_threads", "fetch_pool",
                                          "fetch_multi"};
    for (size_t i = 0; i < 3; i++) {
        const struct run *r = run("%s $SITE/none $SITE/page.html $LIAR/half "
                                  "http://127.0.0.1:1/ $SITE/circle",
                                  designs[i]);
        ck_assert_int_eq(r->status, 1);
        ck_assert_int_eq(count_in(r->out, "\n"), 1);
        ck_assert_int_eq(count_in(r->err, "\n"), 4);
        ck_assert(matches(r->err, "/none: HTTP status 404"));
        ck_assert(matches(r->err, "/half: .*99[0-9] bytes remaining"));
        ck_assert(matches(r->err, ":1/: .*([Cc]onnect|refused)"));
        ck_assert(matches(r->err, "/circle: .*redirects"));
        ck_assert_int_eq(run("%s", designs[i])->status, 2);
    }
}
END_TEST

/* A server may end a connection that it kept. libcurl then asks again over
 * another; what it wrote about the first attempt is no failure of the page. */
START_TEST(a_connection_ends_between_two_pages)
{
    static const char *const programs[] = {"fetch_threads", "fetch_pool",
                                           "fetch_multi",
                                           "fetch --no-robots --per-host 1"};
    for (size_t i = 0; i < 4; i++) {
        seen->resets = 0;
        const struct run *r =
            run("for i in $(seq 40); do set -- $@ $LIAR/reset; done; %s $@",
                programs[i]);
        ck_assert_msg(r->status == 0, "%s: %s", programs[i], r->err);
        ck_assert_int_eq(count_in(r->out, "Fetched 5 "), 40);
        ck_assert(i == 0 || seen->resets > 0);
    }
}
END_TEST

START_TEST(text_is_counted_in_characters)
{
    counts(11, "fetch $SITE/page.html"); /* Ti, Grüße, two more */
    counts(15, "fetch $SITE/tags.html");
    counts(0, "fetch $SITE/empty.html");
    counts(5, "fetch $SITE/plain.txt");
    fails("dot.png: no text: image/png", "fetch $SITE/dot.png");
}
END_TEST

START_TEST(charsets)
{
    counts(6, "fetch $SITE/latin1-header.html");
    counts(4, "fetch $SITE/latin1-meta.html");
    counts(4, "fetch $SITE/latin1-silent.html");
    counts(1, "fetch $SITE/utf8-silent.html");
    counts(1, "fetch $SITE/bom.html");
    counts(1, "fetch $SITE/utf16.html");
    counts(3, "fetch $SITE/utf16be.html");
    counts(3, "fetch $SITE/broken-utf8.html");
    counts(5, "fetch $SITE/unknown.html");
    counts(3, "fetch $SITE/capitals.html"); /* with the line end */
}
END_TEST

START_TEST(compression_is_undone)
{
    counts(11, "fetch $SITE/packed.html");
    counts(11, "fetch $SITE/brotli.html");
    fails("bad-gzip: ", "fetch $LIAR/bad-gzip");
}
END_TEST

START_TEST(size_is_limited)
{
    fails("huge.html: larger than 10485760 bytes", "fetch $SITE/huge.html");
    fails("bomb.html: larger than 10485760 bytes", "fetch $SITE/bomb.html");
    fails("endless: larger than 5000 bytes",
          "fetch --max-size 5000 $LIAR/endless");
    counts(12000000, "fetch --max-size 12000000 $SITE/huge.html");
    fails("larger", "fetch --max-size 11999999 $SITE/huge.html");
}
END_TEST

START_TEST(redirects)
{
    counts(11, "fetch $SITE/one-hop");
    counts(11, "fetch --redirects 2 $SITE/one-hop");
    fails("one-hop: more than 1 redirects",
          "fetch --redirects 1 $SITE/one-hop");
    fails("circle: more than 10 redirects", "fetch $SITE/circle");
    fails("to-a-file: redirected to file:///etc/passwd: Unsupported",
          "fetch $SITE/to-a-file");
    fails("to-the-private: robots.txt does not allow it",
          "fetch $SITE/to-the-private");
    fails("to-nowhere: HTTP status 302", "fetch $LIAR/to-nowhere");
}
END_TEST

START_TEST(servers_that_lie)
{
    fails("half: .*99[0-9] bytes remaining", "fetch $LIAR/half");
    fails("garbage: .*HTTP/0.9", "fetch $LIAR/garbage");
    fails("bad-chunk: ", "fetch $LIAR/bad-chunk");
    counts(4, "fetch $LIAR/more-than-said");
    fails("none.html: HTTP status 404 .Not Found", "fetch $SITE/none.html");
    fails("gone.html: HTTP status 410 .Gone", "fetch $SITE/gone.html");
}
END_TEST

START_TEST(answers_without_a_page)
{
    counts(0, "fetch $LIAR/no-content");
    fails("not-modified: HTTP status 304 .Not Modified",
          "fetch $LIAR/not-modified");
    fails("a-part: HTTP status 206 .Partial", "fetch $LIAR/a-part");
    fails("no-header: .*HTTP/0.9", "fetch $LIAR/no-header");
    const struct run *r = run("fetch_threads $LIAR/not-modified "
                              "$LIAR/no-content $LIAR/a-part");
    ck_assert_int_eq(r->status, 1);
    ck_assert(matches(r->err, "/not-modified: HTTP status 304"));
    ck_assert(matches(r->err, "/a-part: HTTP status 206"));
    ck_assert(matches(r->out, "Fetched 0 .*/no-content"));
    ck_assert_int_eq(count_in(r->err, "\n"), 2);
}
END_TEST

START_TEST(servers_that_are_slow)
{
    fails("slow.html: .*timed out", "fetch --timeout 1 $SITE/slow.html");
    fails("silent: .*(too slow|timed out)", "fetch --stall 1 $LIAR/silent");
    fails("(refused|connect)", "fetch http://127.0.0.1:1/");
}
END_TEST

/* A port whose queue is full: who connects is not answered. */
START_TEST(servers_that_do_not_answer)
{
    int port, waiting[8];
    int fd = listen_somewhere(0, &port);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < 8; i++) {
        waiting[i] =
            socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(waiting[i], (struct sockaddr *)&address, sizeof address);
    }
    const struct run *r = run("fetch --no-robots --connect-timeout 1 "
                              "http://127.0.0.1:%d/",
                              port);
    ck_assert_int_eq(r->status, 1);
    ck_assert_msg(matches(r->err, "[Tt]ime"), "%s", r->err);
    for (int i = 0; i < 8; i++)
        close(waiting[i]);
    close(fd);
}
END_TEST

START_TEST(again_later)
{
    counts(3, "fetch $LIAR/busy");
    ck_assert_int_eq(seen->busy, 2);
    counts(4, "fetch --backoff 0.01 $LIAR/flaky");
    ck_assert_int_eq(seen->flaky, 3);
    seen->flaky = 0;
    fails("flaky: HTTP status 500 .*, 2 times",
          "fetch --backoff 0.01 --retries 1 $LIAR/flaky");
    seen->asked = 0;
    fails("always-500: HTTP status 500 .Server Error., 4 times",
          "fetch --no-robots --backoff 0.01 $LIAR/always-500");
    ck_assert_int_eq(seen->asked, 4);
    seen->asked = 0;
    fails("much-later: HTTP status 429 .*come back in 3600 s",
          "fetch --no-robots $LIAR/much-later");
    ck_assert_int_eq(seen->asked, 1);
}
END_TEST

START_TEST(robots)
{
    fails("diary.html: robots.txt does not allow it",
          "fetch $SITE/private/diary.html");
    fails("not allow", "fetch $SITE/private/open.html.bak");
    fails("robots.txt does not allow it", "fetch $SITE/p%72ivate/diary.html");
    fails("robots.txt does not allow it", "fetch $SITE/caf%C3%a9/menu.html");
    fails("robots.txt does not allow it", "fetch $SITE/secret/a%2ab");
    fails("HTTP status 404", "fetch $SITE/secret/a-b");
    counts(11, "fetch $SITE/private/open.html");
    counts(11, "fetch --no-robots $SITE/private/diary.html");
    fails("page: robots.txt: HTTP status 503", "fetch --retries 0 $DOWN/page");
    fails("page: robots.txt: .*(refused|connect)",
          "fetch http://127.0.0.1:1/page");
    fails("refused|connect", "fetch --no-robots http://127.0.0.1:1/page");
    fails("diary.html: robots.txt does not", /* after the dots are resolved */
          "fetch $SITE/many/../private/diary.html");
    counts(11, "fetch $SITE/private/open.html#here");
    fails("HTTP status 403", "fetch $SITE?for=/private/");
    seen->asked = 0;
    counts(5, "fetch $LIAR/together");
    ck_assert_int_eq(seen->asked, 2);
}
END_TEST

START_TEST(a_host_is_not_flooded)
{
    seen->most = 0;
    const struct run *r = run("for i in $(seq 30); do set -- $@ "
                              "$LIAR/together; done; fetch --per-host 2 $@");
    ck_assert_int_eq(r->status, 0);
    ck_assert_int_eq(count_in(r->out, "Fetched 5 "), 30);
    ck_assert_int_le(seen->most, 2);
    r = run("for i in $(seq 30); do set -- $@ $LIAR/together; done; "
            "fetch --connections 3 --per-host 20 $@");
    ck_assert_int_eq(r->status, 0);
    ck_assert_int_le(seen->most, 3);
}
END_TEST

START_TEST(connections_are_used_again)
{
    seen->connections = 0;
    const struct run *r = run("for i in $(seq 20); do set -- $@ "
                              "$LIAR/together; done; fetch --per-host 1 $@");
    ck_assert_int_eq(r->status, 0);
    ck_assert_int_eq(seen->connections, 1);
}
END_TEST

START_TEST(certificates)
{
    fails("self-signed certificate", "fetch $TLS/page.html");
    const struct run *r =
        run("fetch --json --cacert $DIR/certificate.pem $TLS/page.html "
            "$TLS/many/3.html");
    ck_assert_msg(r->status == 0, "%s", r->err);
    ck_assert_int_eq(count_in(r->out, "\"http\": \"2\""), 2);
    ck_assert_int_eq(count_in(r->out, "\"characters\": 11"), 1);
}
END_TEST

START_TEST(no_cookies)
{
    const struct run *r =
        run("fetch --per-host 1 $SITE/set-a-cookie $SITE/cookies");
    ck_assert_int_eq(r->status, 0);
    ck_assert(matches(r->out, "Fetched 0 characters from .*/cookies"));
}
END_TEST

START_TEST(the_others_go_on)
{
    const struct run *r =
        run("fetch --stall 1 $LIAR/silent $SITE/page.html $SITE/none "
            "$LIAR/half $SITE/many/7.html");
    ck_assert_int_eq(r->status, 1);
    ck_assert_int_eq(count_in(r->out, "Fetched "), 2);
    ck_assert_int_eq(count_in(r->err, "fetch: "), 3);
    ck_assert_int_eq(count_in(r->err, "\n"), 3);
}
END_TEST

START_TEST(the_user_interrupts)
{
    static const struct {
        const char *name;
        int status;
    } signals[] = {{"INT", 130}, {"TERM", 143}};
    for (size_t i = 0; i < 2; i++) {
        const struct run *r =
            run("env --default-signal=INT fetch --stall 50 $SITE/page.html "
                "$LIAR/silent >$DIR/out & "
                "until [ -s $DIR/out ]; do sleep 0.02; done; kill -%s $!; "
                "wait $!; echo status $?; cat $DIR/out; rm $DIR/out",
                signals[i].name);
        char want[32];
        snprintf(want, sizeof want, "status %d\n", signals[i].status);
        ck_assert_msg(strstr(r->out, want) != NULL, "%s%s", r->out, r->err);
        ck_assert(strstr(r->out, "Fetched 11 characters") != NULL);
        ck_assert_msg(strstr(r->err, "interrupted, 1 of 2 pages") != NULL, "%s",
                      r->err);
    }
    const struct run *r =
        run("fetch --json --stall 50 $LIAR/silent $SITE/page.html >$DIR/out & "
            "while ! fetch $SITE/page.html >/dev/null; do :; done; sleep 1; "
            "kill -TERM $!; wait $!; python3 -m json.tool <$DIR/out");
    ck_assert_msg(r->status == 0, "%s%s", r->out, r->err);
    ck_assert_int_eq(count_in(r->out, "\"url\""), 1);
}
END_TEST

START_TEST(json_and_csv)
{
    const struct run *r =
        run("fetch --json \"$LIAR/a,\\\"b\\\"\" $SITE/none | python3 -c '"
            "import json, sys; a = json.load(sys.stdin)\n"
            "print(len(a), a[0][\"characters\"], a[0][\"url\"][-5:], "
            "a[1][\"status\"], a[1][\"error\"])'");
    ck_assert_str_eq(r->out, "2 6 a,\"b\" 404 HTTP status 404 (Not Found)\n");
    r = run("fetch --csv \"$LIAR/a,\\\"b\\\"\" $SITE/none | python3 -c '"
            "import csv, sys; a = list(csv.DictReader(sys.stdin))\n"
            "print(len(a), a[0][\"characters\"], a[0][\"url\"][-5:], "
            "a[1][\"status\"], a[1][\"error\"])'");
    ck_assert_str_eq(r->out, "2 6 a,\"b\" 404 HTTP status 404 (Not Found)\n");
}
END_TEST

START_TEST(progress_is_for_terminals)
{
    const struct run *r =
        run("script -qec \"fetch --no-robots $LIAR/delayed\" /dev/null");
    ck_assert_msg(matches(r->out, "0 of 1 pages, 0 failed"), "%s", r->out);
    ck_assert(matches(r->out, "Fetched 4 characters"));
    ck_assert_str_eq(run_well("fetch --no-robots $LIAR/delayed")->err, "");
}
END_TEST

START_TEST(wrong_use)
{
    static const char *const uses[] = {
        "fetch",
        "fetch --frobnicate http://a/",
        "fetch --retries many http://a/",
        "fetch --retries -1 http://a/",
        "fetch --connections 0 http://a/",
        "fetch --connections 257 http://a/",
        "fetch --timeout",
        "fetch --json --csv http://a/",
        "fetch $SITE/page.html htp://x/",
        "fetch nowhere",
        "fetch http://",
        "fetch file:///etc/passwd",
        "fetch 'http://a b/'",
        "fetch http:/127.0.0.1:1/",
        "fetch http:///127.0.0.1:1/",
        "fetch --stall 0.5 http://a/",
        "fetch --timeout 0 http://a/",
        "fetch --connect-timeout 0 http://a/",
        "linkcheck",
        "linkcheck a b",
        "linkcheck --frobnicate .",
        "linkcheck /nonexistent",
        "linkcheck $DIR/tmp",
    };
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        const struct run *r = run("%s", uses[i]);
        ck_assert_msg(r->status == 2, "%s: status %d", uses[i], r->status);
        ck_assert_msg(count_in(r->err, "\n") == 1 && !*r->out, "%s: %s%s",
                      uses[i], r->out, r->err);
    }
    ck_assert(strstr(run_well("fetch --help")->out, "--per-host") != NULL);
    ck_assert(strstr(run_well("linkcheck --help")->out, "--external") != NULL);
    fails("standard output: No space", "fetch $SITE/page.html >/dev/full");
}
END_TEST

START_TEST(the_missing_comma_is_named)
{
    fails("two addresses in one: is a comma missing",
          "fetch --no-robots http://127.0.0.1:1/ahttp://127.0.0.1:1/b");
}
END_TEST

/* ---------- linkcheck ---------- */

START_TEST(links_are_followed)
{
    const struct run *r =
        run("set -e; rm -rf $DIR/s; mkdir -p $DIR/s/sub/deep; cd $DIR/s\n"
            "echo '<p id=top><a href=\"sub/b.html#x\"></a>"
            "<a href=\"sub/\"></a><a href=#top></a><a href=\"#\"></a>"
            "<img src=\"a%%20b.png\"><a href=\"mailto:me@x\"></a>"
            "<a href=\"?q=1\"></a><a href=\"//other/\"></a>"
            "<a href=\"\"></a>' >a.html\n"
            "echo '<p id=x><a href=\"../a.html?v=1#top\"></a>"
            "<a href=\"/a.html\"></a><a href=\"deep/../b.html#%%78\"></a>' "
            ">sub/b.html\n"
            "echo '<p>' >sub/index.html; echo >'a b.png'; linkcheck .");
    ck_assert_msg(r->status == 0, "%s%s", r->out, r->err);
    ck_assert_str_eq(r->out, "3 pages, 12 links, 0 problems\n");
}
END_TEST

START_TEST(broken_links_are_seen)
{
    const struct run *r =
        run("set -e; rm -rf $DIR/s; mkdir -p $DIR/s/sub; cd $DIR/s\n"
            "printf '<p id=x>\\n<a href=none.html></a>\\n<a href=#none></a>\\n"
            "<a href=b.html#none></a>\\n<p id=x>\\n<a href=../a.html></a>\\n"
            "<img src=no.png>\\n<a href=sub/></a>' >a.html\n"
            "echo '<p id=y>' >b.html; linkcheck .");
    ck_assert_int_eq(r->status, 1);
    ck_assert_str_eq(r->out, "./a.html:5: x: this id stands twice\n"
                             "./a.html:2: none.html: no such file\n"
                             "./a.html:3: #none: no such id in that page\n"
                             "./a.html:4: b.html#none: no such id in that "
                             "page\n"
                             "./a.html:6: ../a.html: out of the site\n"
                             "./a.html:7: no.png: no such file\n"
                             "./a.html:8: sub/: no such file\n"
                             "2 pages, 6 links, 7 problems\n");
}
END_TEST

START_TEST(links_that_lead_out)
{
    static const char site[] =
        "set -e; rm -rf $DIR/s; mkdir -p $DIR/s; cd $DIR/s\n"
        "echo \"<a href=$SITE/page.html#x></a><a href=$SITE/none></a>\n"
        "<a href=$SITE/none></a><a href=$LIAR/no-head></a>\n"
        "<a href=$LIAR/head-with-body></a><a href=$LIAR/no-content></a>\n"
        "<a href=http:/host/></a>\" >a.html\n"
        "linkcheck %s .";
    const struct run *r = run(site, "");
    ck_assert_msg(r->status == 0, "%s%s", r->out, r->err);
    r = run(site, "--external");
    ck_assert_int_eq(r->status, 1);
    ck_assert_msg(count_in(r->out, "/none: HTTP status 404") == 2 &&
                      count_in(r->out, "http:/host/: ") == 1 &&
                      count_in(r->out, "\n") == 4,
                  "%s", r->out);
}
END_TEST

/* linkcheck is in the middle of its report, which nobody reads on. */
START_TEST(a_check_can_be_interrupted)
{
    const struct run *r = run_for(
        240,
        "set -e; rm -rf $DIR/s; mkdir -p $DIR/s/site; cd $DIR/s\n"
        "yes '<a href=no-such-page.html></a>' | head -n 9999 >site/a.html\n"
        "mkfifo pipe; env --default-signal=INT linkcheck site >pipe &\n"
        "exec 3<pipe; head -c 1 <&3; kill -INT $!\n"
        "set +e; wait $!; echo \" $?\"");
    ck_assert_msg(strcmp(r->out, "s 130\n") == 0, "status %d: %s%s", r->status,
                  r->out, r->err);
}
END_TEST

int main(void)
{
    const TTest *const designs[] = {three_designs_agree,
                                    designs_report_failures,
                                    a_connection_ends_between_two_pages};
    const TTest *const fetching[] = {text_is_counted_in_characters,
                                     charsets,
                                     compression_is_undone,
                                     size_is_limited,
                                     redirects,
                                     servers_that_lie,
                                     answers_without_a_page,
                                     servers_that_are_slow,
                                     servers_that_do_not_answer,
                                     again_later,
                                     robots,
                                     a_host_is_not_flooded,
                                     connections_are_used_again,
                                     certificates,
                                     no_cookies,
                                     the_others_go_on,
                                     the_user_interrupts,
                                     json_and_csv,
                                     progress_is_for_terminals,
                                     wrong_use,
                                     the_missing_comma_is_named};
    const TTest *const links[] = {links_are_followed, broken_links_are_seen,
                                  links_that_lead_out,
                                  a_check_can_be_interrupted};
    Suite *suite = suite_create("14-fetching-pages");
    add_tests(suite, "designs", 1, designs, 3);
    add_tests(suite, "fetch", 1, fetching, sizeof fetching / sizeof *fetching);
    add_tests(suite, "linkcheck", 1, links, 4);
    start_servers();
    int status = run_suite(suite);
    stop_servers();
    return status;
}
