/*
 * cgetway-codec: decodes and renders one instance in a process of its own, because DCMTK must not read a
 * peer's bytes inside the gateway. Arguments and exit statuses: src/codec/exits.h.
 */
#include "failure.h"
#include "sandbox.h"
#include "tasks.h"

#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <unistd.h>
#include <vector>

namespace codec
{

void end_with(codec_exit status, const char *text)
{
    const std::string line = std::string(text) + "\n";
    if (line.length() > 1)
        (void)!write(STDERR_FILENO, line.data(), line.length());
    _exit(status);
}

namespace
{

struct Job {
    cgw_codec_task task = CGW_CODEC_INSTANCE;
    unsigned long first = 0, count = 0;
    cgw_rendering rendering = {};
};

/* The arguments after the task, taken one by one; each throws Failure where there is none that is right. */
class Arguments
{
  public:
    Arguments(int count, char **values) : texts(values, values + count)
    {
    }

    bool empty() const
    {
        return next == texts.size();
    }

    std::string word()
    {
        if (empty())
            throw Failure{CODEC_EXIT_BAD_ARGUMENTS, "one is missing"};
        return texts[next++];
    }

    unsigned long whole(unsigned long most)
    {
        const std::string text = word();
        char *end = nullptr;
        errno = 0;
        const unsigned long value = std::strtoul(text.c_str(), &end, 10);
        if (text.empty() || *end != '\0' || errno != 0 || value > most || text[0] == '-')
            throw Failure{CODEC_EXIT_BAD_ARGUMENTS, text};
        return value;
    }

    double real()
    {
        const std::string text = word();
        char *end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        if (text.empty() || *end != '\0' || !std::isfinite(value))
            throw Failure{CODEC_EXIT_BAD_ARGUMENTS, text};
        return value;
    }

    unsigned choice(const std::vector<std::string> &names)
    {
        const std::string text = word();
        for (unsigned i = 0; i < names.size(); i++) {
            if (names[i] == text)
                return i;
        }
        throw Failure{CODEC_EXIT_BAD_ARGUMENTS, text};
    }

  private:
    std::vector<std::string> texts;
    size_t next = 0;
};

constexpr unsigned long max_number = 0x7FFFFFFF;

void parse_rendering(Arguments &arguments, cgw_rendering &rendering)
{
    rendering.picture = static_cast<cgw_picture>(arguments.choice({"jpeg", "png"}));
    rendering.quality = static_cast<int>(arguments.whole(100));
    rendering.viewport_width = static_cast<uint32_t>(arguments.whole(UINT32_MAX));
    rendering.viewport_height = static_cast<uint32_t>(arguments.whole(UINT32_MAX));
    rendering.source_x = arguments.real();
    rendering.source_y = arguments.real();
    rendering.source_width = arguments.real();
    rendering.source_height = arguments.real();
    rendering.has_window = !arguments.empty();
    if (!rendering.has_window)
        return;
    rendering.window_center = arguments.real();
    rendering.window_width = arguments.real();
    rendering.window_function =
        static_cast<cgw_window_function>(arguments.choice({"linear", "linear-exact", "sigmoid"}));
}

Job parse(int argc, char **argv)
{
    Job job;
    Arguments arguments(argc - 1, argv + 1);
    job.task = static_cast<cgw_codec_task>(arguments.choice({"instance", "frames", "render"}));
    if (job.task != CGW_CODEC_INSTANCE)
        job.first = arguments.whole(max_number);
    if (job.task == CGW_CODEC_FRAMES)
        job.count = arguments.whole(max_number);
    if (job.task == CGW_CODEC_RENDER)
        parse_rendering(arguments, job.rendering);
    if (!arguments.empty())
        throw Failure{CODEC_EXIT_BAD_ARGUMENTS, "one too many"};
    return job;
}

void run(const Job &job)
{
    prepare_dcmtk(job.task == CGW_CODEC_INSTANCE);
    if (!sandbox_close())
        throw Failure{CODEC_EXIT_NO_SANDBOX, std::strerror(errno)};
    Source source;
    switch (job.task) {
    case CGW_CODEC_INSTANCE:
        write_instance(source);
        break;
    case CGW_CODEC_FRAMES:
        write_frames(source, job.first, job.count);
        break;
    case CGW_CODEC_RENDER:
        write_picture(source, job.first, job.rendering);
        break;
    }
    _exit(0); /* nothing has to be taken down */
}

} // namespace

} // namespace codec

int main(int argc, char **argv)
{
    (void)std::signal(SIGXFSZ, SIG_IGN); /* writes fail with EFBIG instead */
    try {
        codec::run(codec::parse(argc, argv));
    } catch (const codec::Failure &failure) {
        codec::end_with(failure.status, failure.text.c_str());
    } catch (const std::bad_alloc &) {
        codec::end_with(CODEC_EXIT_NO_MEMORY, "");
    } catch (...) {
        codec::end_with(CODEC_EXIT_FAILED, "an exception");
    }
}
