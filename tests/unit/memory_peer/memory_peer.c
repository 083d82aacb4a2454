#include "memory_peer.h"

#include "answer.h"

#include <errno.h>
#include <string.h>

enum { WORDS_MAX_BYTES = 64 * 1024 * 1024 };

void memory_peer_init(struct memory_peer *peer)
{
    *peer = (struct memory_peer){.answer = CGW_BUFFER_INIT(WORDS_MAX_BYTES),
                                 .words = CGW_BUFFER_INIT(WORDS_MAX_BYTES),
                                 .heard = CGW_BUFFER_INIT(WORDS_MAX_BYTES),
                                 .pause_at = MEMORY_PEER_NO_PAUSE,
                                 .ready_fd = -1,
                                 .hears_at_most = SIZE_MAX};
}

void memory_peer_release(struct memory_peer *peer)
{
    cgw_buffer_release(&peer->answer);
    cgw_buffer_release(&peer->words);
    cgw_buffer_release(&peer->heard);
}

void memory_peer_rewind(struct memory_peer *peer)
{
    peer->answered = 0;
    peer->said = 0;
    peer->closed = false;
    cgw_buffer_clear(&peer->heard);
}

static size_t at_most(size_t length, size_t limit)
{
    return length < limit ? length : limit;
}

static ssize_t answer(struct memory_peer *peer, uint8_t *bytes, size_t capacity)
{
    size_t length = at_most(peer->answer.length - peer->answered, capacity);
    if (peer->most_at_once > 0)
        length = at_most(length, peer->most_at_once);
    memcpy(bytes, peer->answer.bytes + peer->answered, length);
    peer->answered += length;
    return (ssize_t)length;
}

static ssize_t receive(void *self, uint8_t *bytes, size_t capacity)
{
    struct memory_peer *peer = self;
    if (peer->answers && peer->answer.length == 0)
        answer_request(&peer->heard, peer->refused, &peer->answer);
    if (peer->answered < peer->answer.length)
        return answer(peer, bytes, capacity);
    if (peer->repeats > 0 && peer->said == peer->repeat_to) {
        peer->said = peer->repeat_from;
        peer->repeats--;
    }
    size_t length = at_most(peer->words.length - peer->said, capacity);
    if (peer->repeats > 0 && peer->said < peer->repeat_to)
        length = at_most(length, peer->repeat_to - peer->said);
    if (peer->most_at_once > 0)
        length = at_most(length, peer->most_at_once);
    if (peer->said == peer->pause_at) {
        peer->pause_at = MEMORY_PEER_NO_PAUSE;
        return CGW_TRANSPORT_AGAIN;
    }
    if (peer->said < peer->pause_at)
        length = at_most(length, peer->pause_at - peer->said);
    if (length == 0 && peer->fails_at_end) {
        errno = ECONNRESET;
        return CGW_TRANSPORT_ERROR;
    }
    if (length > 0)
        memcpy(bytes, peer->words.bytes + peer->said, length);
    peer->said += length;
    return (ssize_t)length;
}

static ssize_t hear(void *self, const uint8_t *bytes, size_t length)
{
    struct memory_peer *peer = self;
    length = at_most(length, peer->hears_at_most - peer->heard.length);
    if (peer->hears_at_once > 0)
        length = at_most(length, peer->hears_at_once);
    if (length == 0 && peer->stays_deaf)
        return CGW_TRANSPORT_AGAIN;
    if (length == 0 || !cgw_buffer_append(&peer->heard, bytes, length)) {
        errno = EPIPE;
        return CGW_TRANSPORT_ERROR;
    }
    return (ssize_t)length;
}

static int descriptor(void *self)
{
    const struct memory_peer *peer = self;
    return peer->ready_fd;
}

static void note_close(void *self)
{
    struct memory_peer *peer = self;
    peer->closed = true;
}

struct cgw_transport memory_peer_transport(struct memory_peer *peer)
{
    static const struct cgw_transport_ops ops = {
        .receive = receive, .send = hear, .descriptor = descriptor, .close = note_close};
    return (struct cgw_transport){.ops = &ops, .self = peer};
}
