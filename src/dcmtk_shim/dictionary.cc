/*
 * The dictionary is copied out of DCMTK's once, at load, into sorted tables of our own: DCMTK finds keywords
 * by a linear search under a lock and knows retired elements only under a prefixed name.
 */
#include "cgetway/dictionary.h"

#include "cgetway/tag.h"
#include "exceptions.h"

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcdicent.h"
#include "dcmtk/dcmdata/dcdict.h"
#include "dcmtk/dcmdata/dcobject.h"
#include "dcmtk/dcmdata/dcuid.h"
#include "dcmtk/oflog/helpers/loglog.h"
#include "dcmtk/oflog/logger.h"
#include "dcmtk/oflog/oflog.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace
{

struct Row {
    cgw_dictionary_entry entry; /* tag: the first one that the row covers */
    std::uint16_t last_group;
    std::uint16_t last_element;
    bool retired;

    bool covers(std::uint32_t tag) const
    {
        const std::uint16_t group = CGW_TAG_GROUP(tag), element = CGW_TAG_ELEMENT(tag);
        return group >= CGW_TAG_GROUP(entry.tag) && group <= last_group && group % 2 == 0 &&
               element >= CGW_TAG_ELEMENT(entry.tag) && element <= last_element;
    }
};

struct Tables {
    std::vector<Row> by_tag;    /* elements with a tag of their own */
    std::vector<Row> repeating; /* few */
    std::vector<const Row *> by_keyword;
};

/* Never freed: the tables live as long as the program, and threads may still read while it exits. */
const Tables *tables = nullptr;

constexpr char retired_prefix[] = "RETIRED_";

bool vr_of(DcmEVR evr, cgw_dictionary_entry &entry)
{
    switch (evr) {
    case EVR_ox:
    case EVR_px:
    case EVR_lt:
        entry.vr = CGW_VR_OW;
        return true;
    case EVR_xs:
        entry.vr = CGW_VR_US;
        entry.us_or_ss = true;
        return true;
    case EVR_up:
        entry.vr = CGW_VR_UL;
        return true;
    case EVR_na: /* the item tags, so that they can be refused by name */
        entry.vr = CGW_VR_UN;
        return true;
    default:
        return cgw_vr_from_name(DcmVR(evr).getVRName(), &entry.vr);
    }
}

/* DCMTK keeps "2-2n" as 2 to any number, so the steps of PS3.6 are listed here. */
int vm_step_of(std::uint32_t tag)
{
    static constexpr std::uint32_t pairs[] = {
        0x00181620, 0x00181720, 0x00220032, 0x00286102, 0x00289503, 0x00289506, 0x00289507,
        0x0040A0B0, 0x0040A29A, 0x00460208, 0x30040058, 0x300A0106, 0x300A011C, 0x300A0399,
    };
    static constexpr std::uint32_t triples[] = {0x00081162, 0x00800007, 0x30060050};
    if (std::find(std::begin(pairs), std::end(pairs), tag) != std::end(pairs))
        return 2;
    return std::find(std::begin(triples), std::end(triples), tag) != std::end(triples) ? 3 : 1;
}

/* False for what is no element of PS3.6: private ones, and the catch-all rows over all or all odd groups. */
bool make_row(const DcmDictEntry &source, Row &row)
{
    if (source.getPrivateCreator() != nullptr || source.getGroup() % 2 != 0 || source.getTagName() == nullptr)
        return false;
    if (source.isRepeatingGroup() && source.getUpperGroup() == 0xFFFF)
        return false;
    const char *keyword = source.getTagName();
    row = Row{};
    if (std::strncmp(keyword, retired_prefix, sizeof retired_prefix - 1) == 0) {
        row.retired = true;
        keyword += sizeof retired_prefix - 1;
    }
    const std::size_t length = std::strlen(keyword);
    if (length == 0 || length >= CGW_KEYWORD_BYTES || std::strchr(keyword, '_') != nullptr)
        return false;
    std::memcpy(row.entry.keyword, keyword, length + 1);
    if (!vr_of(source.getEVR(), row.entry))
        return false;
    row.entry.tag = CGW_TAG(source.getGroup(), source.getElement());
    row.entry.vm_min = source.getVMMin();
    row.entry.vm_max = source.getVMMax() == DcmVariableVM ? CGW_VM_UNBOUNDED : source.getVMMax();
    row.entry.vm_step = vm_step_of(row.entry.tag);
    row.entry.repeating = source.isRepeating() != 0;
    row.last_group = source.getUpperGroup();
    row.last_element = source.getUpperElement();
    return true;
}

void add(Tables &target, const DcmDictEntry *source)
{
    Row row;
    if (source != nullptr && make_row(*source, row))
        (row.entry.repeating ? target.repeating : target.by_tag).push_back(row);
}

bool before_by_keyword(const Row *a, const Row *b)
{
    const int order = std::strcmp(a->entry.keyword, b->entry.keyword);
    return order != 0 ? order < 0 : a->retired < b->retired;
}

void index(Tables &target)
{
    const auto by_tag = [](const Row &a, const Row &b) { return a.entry.tag < b.entry.tag; };
    std::sort(target.by_tag.begin(), target.by_tag.end(), by_tag);
    for (const Row &row : target.by_tag)
        target.by_keyword.push_back(&row);
    for (const Row &row : target.repeating)
        target.by_keyword.push_back(&row);
    std::sort(target.by_keyword.begin(), target.by_keyword.end(), before_by_keyword);
    const auto same = [](const Row *a, const Row *b) {
        return std::strcmp(a->entry.keyword, b->entry.keyword) == 0;
    };
    target.by_keyword.erase(std::unique(target.by_keyword.begin(), target.by_keyword.end(), same),
                            target.by_keyword.end());
}

void copy_dictionary(Tables &target)
{
    struct Lock {
        DcmDataDictionary &dictionary = dcmDataDict.wrlock(); /* its iterators are not const */
        ~Lock()
        {
            dcmDataDict.wrunlock();
        }
    } lock;
    for (auto i = lock.dictionary.normalBegin(); i != lock.dictionary.normalEnd(); ++i)
        add(target, *i);
    for (auto i = lock.dictionary.repeatingBegin(); i != lock.dictionary.repeatingEnd(); ++i)
        add(target, *i);
    index(target);
}

/* DCMTK logs to standard error by default, values of elements included. */
void silence_dcmtk()
{
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    dcmtk::log4cplus::Logger::getRoot().removeAllAppenders();
    dcmtk::log4cplus::helpers::LogLog::getLogLog()->setQuietMode(true);
}

const Row *find_keyword(const char *keyword)
{
    const auto &rows = tables->by_keyword;
    const auto before = [](const Row *row, const char *wanted) {
        return std::strcmp(row->entry.keyword, wanted) < 0;
    };
    const auto found = std::lower_bound(rows.begin(), rows.end(), keyword, before);
    return found != rows.end() && std::strcmp((*found)->entry.keyword, keyword) == 0 ? *found : nullptr;
}

const Row *find_tag(std::uint32_t tag)
{
    const auto &rows = tables->by_tag;
    const auto before = [](const Row &row, std::uint32_t wanted) { return row.entry.tag < wanted; };
    const auto found = std::lower_bound(rows.begin(), rows.end(), tag, before);
    if (found != rows.end() && found->entry.tag == tag)
        return &*found;
    for (const Row &row : tables->repeating) {
        if (row.covers(tag))
            return &row;
    }
    return nullptr;
}

} // namespace

extern "C" enum cgw_code cgw_dictionary_load(struct cgw_error *err)
{
    return cgw::guarded(err, [err] {
        if (tables != nullptr)
            return CGW_OK;
        silence_dcmtk();
        /* Otherwise DCMTK strips blanks from the values that it is given. */
        dcmEnableAutomaticInputDataCorrection.set(OFFalse);
        (void)unsetenv("DCMDICTPATH");
        const bool loaded = dcmDataDict.isDictionaryLoaded();
        auto copy = std::make_unique<Tables>();
        if (loaded)
            copy_dictionary(*copy);
        if (!loaded || copy->by_keyword.empty())
            return cgw_fail(err, CGW_E_BAD_CONFIGURATION,
                            "no DICOM data dictionary at %s; install libdcmtk17", DCM_DICT_DEFAULT_PATH);
        tables = copy.release();
        return CGW_OK;
    });
}

extern "C" bool cgw_dictionary_find_keyword(const char *keyword, struct cgw_dictionary_entry *ret_entry)
{
    const Row *row = tables != nullptr ? find_keyword(keyword) : nullptr;
    if (row != nullptr)
        *ret_entry = row->entry;
    return row != nullptr;
}

extern "C" bool cgw_dictionary_find_tag(uint32_t tag, struct cgw_dictionary_entry *ret_entry)
{
    const Row *row = tables != nullptr ? find_tag(tag) : nullptr;
    if (row == nullptr)
        return false;
    *ret_entry = row->entry;
    ret_entry->tag = tag;
    return true;
}

extern "C" const char *cgw_dictionary_storage_class(size_t index)
{
    const auto count = static_cast<size_t>(numberOfDcmAllStorageSOPClassUIDs);
    return index < count ? dcmAllStorageSOPClassUIDs[index] : nullptr;
}

extern "C" const char *cgw_dictionary_uid_name(const char *uid)
{
    return dcmFindNameOfUID(uid);
}

extern "C" void cgw_dictionary_each_keyword(bool (*visit)(const char *keyword, uint32_t tag, void *context),
                                            void *context)
{
    if (tables == nullptr)
        return;
    for (const Row *row : tables->by_keyword) {
        if (!visit(row->entry.keyword, row->entry.tag, context))
            return;
    }
}
