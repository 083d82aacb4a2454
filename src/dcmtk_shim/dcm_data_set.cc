#include "dcm_data_set.h"

#include "json_number.h"
#include "person_names.h"

#include "cgetway/character_set.h"
#include "cgetway/tag.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <vector>

namespace cgw
{
namespace
{

using Element = std::unique_ptr<DcmElement>;

struct Context {
    Purpose purpose;
    struct cgw_character_set set; /* that holds for the text */
};

void fill_item(DcmItem &target, const struct cgw_data_set &source, Context context);

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

/* As it is: for VR UI DCMTK's own takes "=CTImageStorage" for a name, and puts the UID instead. */
OFCondition put_string(DcmElement &target, const char *text, std::size_t length)
{
    return static_cast<DcmByteString &>(target).DcmByteString::putString(text, static_cast<Uint32>(length));
}

/* Text of several values. DCMTK looks for each of them from the first one on, which takes minutes for a long
 * value field of a peer; here the search goes on where the one before it ended. */
template <class Text> class Values : public Text
{
  public:
    explicit Values(const DcmTag &tag) : Text(tag)
    {
    }

    OFCondition getOFString(OFString &value, const unsigned long position, OFBool normalize = OFTrue) override
    {
        char *text = nullptr;
        Uint32 length = 0;
        const OFCondition condition = this->getString(text, length);
        if (condition.bad() || text == nullptr)
            return Text::getOFString(value, position, normalize);
        if (position < next_) {
            next_ = 0;
            offset_ = 0;
        }
        for (; offset_ <= length; next_++) {
            const char *const from = text + offset_;
            const auto *const end = static_cast<const char *>(std::memchr(from, '\\', length - offset_));
            const std::size_t size = end != nullptr ? static_cast<std::size_t>(end - from) : length - offset_;
            offset_ += size + 1;
            if (next_ == position) {
                next_++;
                return normalized(value, from, size, normalize);
            }
        }
        return Text::getOFString(value, position, normalize);
    }

  private:
    unsigned long next_ = 0; /* the value that begins at offset_ */
    std::size_t offset_ = 0;

    /* As DCMTK gives the only value of a text with this VR. */
    OFCondition normalized(OFString &value, const char *text, std::size_t length, OFBool normalize)
    {
        Text alone(this->getTag());
        if (put_string(alone, text, length).bad())
            throw std::bad_alloc();
        return alone.getOFString(value, 0, normalize);
    }
};

Element make_text(const DcmTag &tag, enum cgw_vr vr)
{
    switch (vr) {
    case CGW_VR_AE:
        return std::make_unique<Values<DcmApplicationEntity>>(tag);
    case CGW_VR_AS:
        return std::make_unique<Values<DcmAgeString>>(tag);
    case CGW_VR_CS:
        return std::make_unique<Values<DcmCodeString>>(tag);
    case CGW_VR_DA:
        return std::make_unique<Values<DcmDate>>(tag);
    case CGW_VR_DS:
        return std::make_unique<Values<DcmDecimalString>>(tag);
    case CGW_VR_DT:
        return std::make_unique<Values<DcmDateTime>>(tag);
    case CGW_VR_IS:
        return std::make_unique<Values<DcmIntegerString>>(tag);
    case CGW_VR_LO:
        return std::make_unique<Values<DcmLongString>>(tag);
    case CGW_VR_LT:
        return std::make_unique<DcmLongText>(tag);
    case CGW_VR_PN:
        return std::make_unique<PersonNames>(tag);
    case CGW_VR_SH:
        return std::make_unique<Values<DcmShortString>>(tag);
    case CGW_VR_ST:
        return std::make_unique<DcmShortText>(tag);
    case CGW_VR_TM:
        return std::make_unique<Values<DcmTime>>(tag);
    case CGW_VR_UC:
        return std::make_unique<Values<DcmUnlimitedCharacters>>(tag);
    case CGW_VR_UI:
        return std::make_unique<Values<DcmUniqueIdentifier>>(tag);
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

std::string utf8_of(const std::string &text, const struct cgw_character_set &set)
{
    struct Buffer {
        struct cgw_buffer buffer = {nullptr, 0, 0, SIZE_MAX / 2};
        ~Buffer()
        {
            cgw_buffer_release(&buffer);
        }
    } utf8;
    if (!cgw_character_set_decode(&set, text.data(), text.size(), &utf8.buffer))
        throw std::bad_alloc();
    return std::string(reinterpret_cast<const char *>(utf8.buffer.bytes), utf8.buffer.length);
}

/* NUL is no character of any VR, and DCMTK would end the text there. */
std::string without_nul(const std::string &text)
{
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        if (c == '\0')
            result += "\xEF\xBF\xBD"; /* U+FFFD */
        else
            result += c;
    }
    return result;
}

std::string json_text(const struct cgw_element &source, const struct cgw_character_set &set)
{
    const std::string text(reinterpret_cast<const char *>(source.value), source.length);
    if (source.tag == CGW_TAG_SPECIFIC_CHARACTER_SET)
        return CGW_UTF8_TERM;
    const std::string utf8 =
        without_nul(utf8_of(text, cgw_vr_info_of(source.vr)->in_character_set ? set : cgw_character_set{}));
    return source.vr == CGW_VR_DS ? json_decimals(utf8) : utf8;
}

void put_text(DcmElement &target, const struct cgw_element &source, const Context &context)
{
    const std::string text = context.purpose == Purpose::json
                                 ? json_text(source, context.set)
                                 : std::string(reinterpret_cast<const char *>(source.value), source.length);
    demand_value(put_string(target, text.data(), text.size()), target, text.size());
}

/* DCMTK prints what is no number as "nan" without quotes, but decimal strings that are no numbers as JSON
 * strings. So a value field with such floats becomes decimal strings, with its own VR. NULL: no such floats.
 */
template <typename Word> Element make_special_floats(const DcmTag &tag, const struct cgw_element &source)
{
    const std::vector<Word> words = words_of<Word>(source);
    if (std::all_of(words.begin(), words.end(), [](Word word) { return std::isfinite(word); }))
        return nullptr;
    std::ostringstream text;
    text.exceptions(std::ios::badbit);
    text.precision(std::numeric_limits<Word>::max_digits10);
    for (std::size_t i = 0; i < words.size(); i++) {
        text << (i > 0 ? "\\" : "");
        if (std::isnan(words[i]))
            text << "NaN";
        else
            text << words[i]; /* "inf", "-inf" (PS3.18 F.2.3) or a number */
    }
    auto element = std::make_unique<Values<DcmDecimalString>>(tag);
    const std::string values = text.str();
    demand_value(put_string(*element, values.data(), values.size()), *element, values.size());
    return element;
}

Element make_sequence(const DcmTag &tag, const struct cgw_element &source, const Context &context)
{
    auto sequence = std::make_unique<DcmSequenceOfItems>(tag);
    for (std::size_t i = 0; i < source.item_count; i++) {
        auto item = std::make_unique<DcmItem>();
        fill_item(*item, source.items[i], context);
        demand(sequence->append(item.get()));
        (void)item.release();
    }
    return sequence;
}

Element make_element(const struct cgw_element &source, const Context &context)
{
    const struct cgw_vr_info *info = cgw_vr_info_of(source.vr);
    const DcmTag tag(CGW_TAG_GROUP(source.tag), CGW_TAG_ELEMENT(source.tag), DcmVR(info->name).getEVR());
    if (info->kind == CGW_VR_SEQUENCE)
        return make_sequence(tag, source, context);
    if (context.purpose == Purpose::json && (source.vr == CGW_VR_FL || source.vr == CGW_VR_FD)) {
        Element special = source.vr == CGW_VR_FL ? make_special_floats<Float32>(tag, source)
                                                 : make_special_floats<Float64>(tag, source);
        if (special != nullptr)
            return special;
    }
    if (context.purpose == Purpose::json && source.vr == CGW_VR_DS && source.length > 0 &&
        json_overflows(std::string(reinterpret_cast<const char *>(source.value), source.length))) {
        Element strings = std::make_unique<Values<DcmUnlimitedCharacters>>(tag); /* printed with VR DS */
        put_text(*strings, source, context);
        return strings;
    }
    Element element = info->kind == CGW_VR_TEXT ? make_text(tag, source.vr) : make_binary(tag, source.vr);
    if (source.length == 0)
        return element;
    if (info->kind == CGW_VR_TEXT)
        put_text(*element, source, context);
    else
        put_binary(*element, source);
    return element;
}

void fill_item(DcmItem &target, const struct cgw_data_set &source, Context context)
{
    const struct cgw_element *own = cgw_data_set_find(&source, CGW_TAG_SPECIFIC_CHARACTER_SET);
    if (own != nullptr && cgw_character_set_from_terms(reinterpret_cast<const char *>(own->value),
                                                       own->length, &context.set, nullptr) != CGW_OK)
        context.set = {}; /* a peer's: the query refuses such terms. ASCII is read in any set. */
    for (std::size_t i = 0; i < source.count; i++) {
        Element element = make_element(source.elements[i], context);
        demand(target.insert(element.get(), OFFalse, OFFalse));
        (void)element.release();
    }
}

} // namespace

void fill(DcmItem &target, const struct cgw_data_set &source, Purpose purpose)
{
    fill_item(target, source, Context{purpose, {}});
}

} // namespace cgw
