#include "dcm_data_set.h"

#include "cgetway/tag.h"

#include <cstring>
#include <memory>
#include <new>
#include <vector>

namespace cgw
{
namespace
{

using Element = std::unique_ptr<DcmElement>;

/* DCMTK does not look at values that it is given, so that it can refuse one for want of memory only, whatever
 * it says then; and where it cannot get memory for a value, it may leave the element empty without a word. */
void demand_value(const OFCondition &condition, DcmElement &target, std::size_t length)
{
    if (condition.bad() || target.getLength() != length + length % 2)
        throw std::bad_alloc();
}

void demand(const OFCondition &condition)
{
    if (condition == EC_MemoryExhausted)
        throw std::bad_alloc();
    if (condition.bad())
        throw condition;
}

Element make_text(const DcmTag &tag, enum cgw_vr vr)
{
    switch (vr) {
    case CGW_VR_AE:
        return std::make_unique<DcmApplicationEntity>(tag);
    case CGW_VR_AS:
        return std::make_unique<DcmAgeString>(tag);
    case CGW_VR_CS:
        return std::make_unique<DcmCodeString>(tag);
    case CGW_VR_DA:
        return std::make_unique<DcmDate>(tag);
    case CGW_VR_DS:
        return std::make_unique<DcmDecimalString>(tag);
    case CGW_VR_DT:
        return std::make_unique<DcmDateTime>(tag);
    case CGW_VR_IS:
        return std::make_unique<DcmIntegerString>(tag);
    case CGW_VR_LO:
        return std::make_unique<DcmLongString>(tag);
    case CGW_VR_LT:
        return std::make_unique<DcmLongText>(tag);
    case CGW_VR_PN:
        return std::make_unique<DcmPersonName>(tag);
    case CGW_VR_SH:
        return std::make_unique<DcmShortString>(tag);
    case CGW_VR_ST:
        return std::make_unique<DcmShortText>(tag);
    case CGW_VR_TM:
        return std::make_unique<DcmTime>(tag);
    case CGW_VR_UC:
        return std::make_unique<DcmUnlimitedCharacters>(tag);
    case CGW_VR_UI:
        return std::make_unique<DcmUniqueIdentifier>(tag);
    case CGW_VR_UR:
        return std::make_unique<DcmUniversalResourceIdentifierOrLocator>(tag);
    case CGW_VR_UT:
        return std::make_unique<DcmUnlimitedText>(tag);
    default:
        throw EC_InvalidVR;
    }
}

Element make_binary(const DcmTag &tag, enum cgw_vr vr)
{
    switch (vr) {
    case CGW_VR_AT:
        return std::make_unique<DcmAttributeTag>(tag);
    case CGW_VR_FD:
        return std::make_unique<DcmFloatingPointDouble>(tag);
    case CGW_VR_FL:
        return std::make_unique<DcmFloatingPointSingle>(tag);
    case CGW_VR_OD:
        return std::make_unique<DcmOtherDouble>(tag);
    case CGW_VR_OF:
        return std::make_unique<DcmOtherFloat>(tag);
    case CGW_VR_OL:
        return std::make_unique<DcmOtherLong>(tag);
    case CGW_VR_OV:
        return std::make_unique<DcmOther64bitVeryLong>(tag);
    case CGW_VR_OB:
    case CGW_VR_OW: /* also for Pixel Data: there is nothing encapsulated in an Identifier */
    case CGW_VR_UN:
        return std::make_unique<DcmOtherByteOtherWord>(tag);
    case CGW_VR_SL:
        return std::make_unique<DcmSignedLong>(tag);
    case CGW_VR_SS:
        return std::make_unique<DcmSignedShort>(tag);
    case CGW_VR_SV:
        return std::make_unique<DcmSigned64bitVeryLong>(tag);
    case CGW_VR_UL:
        return std::make_unique<DcmUnsignedLong>(tag);
    case CGW_VR_US:
        return std::make_unique<DcmUnsignedShort>(tag);
    case CGW_VR_UV:
        return std::make_unique<DcmUnsigned64bitVeryLong>(tag);
    default:
        throw EC_InvalidVR;
    }
}

/* The words of a little endian value field as numbers of this machine. Floats travel as their bits. */
template <typename Word> std::vector<Word> words_of(const struct cgw_element &element)
{
    std::vector<Word> words(element.length / sizeof(Word));
    for (std::size_t i = 0; i < words.size(); i++) {
        std::uint64_t bits = 0;
        for (std::size_t j = 0; j < sizeof(Word); j++)
            bits |= static_cast<std::uint64_t>(element.value[i * sizeof(Word) + j]) << (8 * j);
        if constexpr (sizeof(Word) == 2) {
            const auto exact = static_cast<std::uint16_t>(bits);
            std::memcpy(&words[i], &exact, sizeof exact);
        } else if constexpr (sizeof(Word) == 4) {
            const auto exact = static_cast<std::uint32_t>(bits);
            std::memcpy(&words[i], &exact, sizeof exact);
        } else {
            std::memcpy(&words[i], &bits, sizeof bits);
        }
    }
    return words;
}

template <typename Word, typename Class>
void put(DcmElement &target, OFCondition (Class::*store)(const Word *, unsigned long),
         const struct cgw_element &source, std::size_t words_in_a_value = 1)
{
    const std::vector<Word> words = words_of<Word>(source);
    const auto count = static_cast<unsigned long>(words.size() / words_in_a_value);
    demand_value((static_cast<Class &>(target).*store)(words.data(), count), target, source.length);
}

void put_binary(DcmElement &target, const struct cgw_element &source)
{
    switch (source.vr) {
    case CGW_VR_AT:
        return put<Uint16>(target, &DcmElement::putUint16Array, source, 2);
    case CGW_VR_US:
    case CGW_VR_OW:
        return put<Uint16>(target, &DcmElement::putUint16Array, source);
    case CGW_VR_SS:
        return put<Sint16>(target, &DcmElement::putSint16Array, source);
    case CGW_VR_UL:
    case CGW_VR_OL:
        return put<Uint32>(target, &DcmElement::putUint32Array, source);
    case CGW_VR_SL:
        return put<Sint32>(target, &DcmElement::putSint32Array, source);
    case CGW_VR_UV:
    case CGW_VR_OV:
        return put<Uint64>(target, &DcmUnsigned64bitVeryLong::putUint64Array, source);
    case CGW_VR_SV:
        return put<Sint64>(target, &DcmSigned64bitVeryLong::putSint64Array, source);
    case CGW_VR_FL:
    case CGW_VR_OF:
        return put<Float32>(target, &DcmElement::putFloat32Array, source);
    case CGW_VR_FD:
    case CGW_VR_OD:
        return put<Float64>(target, &DcmElement::putFloat64Array, source);
    default:
        demand_value(target.putUint8Array(source.value, static_cast<unsigned long>(source.length)), target,
                     source.length);
    }
}

void put_text(DcmElement &target, const struct cgw_element &source)
{
    /* As it is: for VR UI DCMTK's own takes "=CTImageStorage" for a name, and puts the UID instead. */
    auto &text = static_cast<DcmByteString &>(target);
    demand_value(text.DcmByteString::putString(reinterpret_cast<const char *>(source.value),
                                               static_cast<Uint32>(source.length)),
                 target, source.length);
}

Element make_sequence(const DcmTag &tag, const struct cgw_element &source)
{
    auto sequence = std::make_unique<DcmSequenceOfItems>(tag);
    for (std::size_t i = 0; i < source.item_count; i++) {
        auto item = std::make_unique<DcmItem>();
        fill(*item, source.items[i]);
        demand(sequence->append(item.get()));
        (void)item.release();
    }
    return sequence;
}

Element make_element(const struct cgw_element &source)
{
    const struct cgw_vr_info *info = cgw_vr_info_of(source.vr);
    const DcmTag tag(CGW_TAG_GROUP(source.tag), CGW_TAG_ELEMENT(source.tag), DcmVR(info->name).getEVR());
    if (info->kind == CGW_VR_SEQUENCE)
        return make_sequence(tag, source);
    Element element = info->kind == CGW_VR_TEXT ? make_text(tag, source.vr) : make_binary(tag, source.vr);
    if (source.length == 0)
        return element;
    if (info->kind == CGW_VR_TEXT)
        put_text(*element, source);
    else
        put_binary(*element, source);
    return element;
}

} // namespace

void fill(DcmItem &target, const struct cgw_data_set &source)
{
    for (std::size_t i = 0; i < source.count; i++) {
        Element element = make_element(source.elements[i]);
        demand(target.insert(element.get(), OFFalse, OFFalse));
        (void)element.release();
    }
}

} // namespace cgw
