// Boost.Asio's thread_pool. It has no map and no fork-join: a task that waits
// for another would keep a thread, so that fib cannot be.
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

static boost::asio::thread_pool *pool;

static void drain()
{
    pool->join();
}

static void with_pool(int workers, void (*body)(void *), void *context)
{
    boost::asio::thread_pool threads(static_cast<std::size_t>(workers));
    pool = &threads;
    body(context);
    drain();
}

static void producer(void (*body)(void *), void *context)
{
    body(context);
}

static void post(void (*run)(void *), void *argument)
{
    boost::asio::post(*pool, [=] { run(argument); });
}

#define OTHERS(workers) (workers)
#include "workloads.h"
