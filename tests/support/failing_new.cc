/* C++ new of the whole process, libraries included, through failing_alloc.c. */
#include "support/failing_alloc.h"

#include <cstdlib>
#include <new>

extern "C" void *__real_malloc(std::size_t size);
extern "C" void __real_free(void *memory);

static void *allocate(std::size_t size)
{
    void *memory = cgw_alloc_may() ? __real_malloc(size > 0 ? size : 1) : nullptr;
    if (memory == nullptr)
        throw std::bad_alloc();
    return memory;
}

static void release(void *memory) noexcept
{
    if (memory == nullptr)
        return;
    cgw_alloc_freed();
    __real_free(memory);
}

void *operator new(std::size_t size)
{
    return allocate(size);
}

void *operator new[](std::size_t size)
{
    return allocate(size);
}

void *operator new(std::size_t size, const std::nothrow_t &) noexcept
{
    return cgw_alloc_may() ? __real_malloc(size > 0 ? size : 1) : nullptr;
}

void *operator new[](std::size_t size, const std::nothrow_t &) noexcept
{
    return cgw_alloc_may() ? __real_malloc(size > 0 ? size : 1) : nullptr;
}

void operator delete(void *memory) noexcept
{
    release(memory);
}

void operator delete[](void *memory) noexcept
{
    release(memory);
}

void operator delete(void *memory, std::size_t) noexcept
{
    release(memory);
}

void operator delete[](void *memory, std::size_t) noexcept
{
    release(memory);
}

void operator delete(void *memory, const std::nothrow_t &) noexcept
{
    release(memory);
}

void operator delete[](void *memory, const std::nothrow_t &) noexcept
{
    release(memory);
}
