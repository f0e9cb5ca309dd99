#include "common/store/temp_file.h"

#include <algorithm>

namespace tally::store {

static constexpr std::size_t kSlots = 16;
static constexpr auto kBlock = static_cast<std::int64_t>(kPageBytes);

TempFile::TempFile(sqlite3_file* base) : File(base), key_(crypto::Secret::random(32)), cipher_(key_.view()) {}

TempFile::~TempFile() {
    for (Slot& slot : slots_) crypto::wipe(slot.plain);
}

AssociatedData TempFile::bound_of(std::int64_t block) const {
    AssociatedData bound(PageKind::kTemporary, DatabaseId{});
    return bound.add(static_cast<std::uint64_t>(block));
}

int TempFile::flush(Slot& slot) {
    if (!slot.dirty) return SQLITE_OK;
    cipher_.seal(scratch_.data(), slot.plain.data(), kPageBytes, bound_of(slot.block));
    const int code = base_write(scratch_.data(), scratch_.size(), slot.block * kTempBlockBytes);
    if (code != SQLITE_OK) return code;
    const auto index = static_cast<std::size_t>(slot.block);
    if (index >= in_file_.size()) in_file_.resize(index + 1);
    in_file_[index] = true;
    slot.dirty = false;
    return SQLITE_OK;
}

int TempFile::load(std::int64_t block, Slot** out) {
    if (slots_.empty()) slots_.resize(kSlots);
    Slot* oldest = &slots_[0];
    for (Slot& slot : slots_) {
        if (slot.block == block) {
            slot.used = ++clock_;
            *out = &slot;
            return SQLITE_OK;
        }
        if (slot.used < oldest->used) oldest = &slot;
    }
    if (const int code = flush(*oldest); code != SQLITE_OK) return code;
    oldest->block = -1;
    oldest->used = 0;
    if (static_cast<std::size_t>(block) < in_file_.size() && in_file_[static_cast<std::size_t>(block)]) {
        const int code = base_read(scratch_.data(), scratch_.size(), block * kTempBlockBytes);
        if (code != SQLITE_OK) return code == SQLITE_IOERR_SHORT_READ ? SQLITE_IOERR_DATA : code;
        if (!cipher_.open(oldest->plain.data(), scratch_.data(), kPageBytes, bound_of(block))) return SQLITE_IOERR_DATA;
    } else {
        oldest->plain.fill(0);
    }
    oldest->block = block;
    oldest->used = ++clock_;
    *out = oldest;
    return SQLITE_OK;
}

int TempFile::read(std::uint8_t* out, int size, std::int64_t offset) {
    if (size < 0 || offset < 0) return SQLITE_IOERR_READ;
    const std::int64_t there = std::clamp<std::int64_t>(size_ - offset, 0, size);
    std::memset(out + there, 0, static_cast<std::size_t>(size - there));
    for (std::int64_t done = 0; done < there;) {
        const std::int64_t at = (offset + done) % kBlock;
        const std::int64_t part = std::min(kBlock - at, there - done);
        Slot* slot = nullptr;
        if (const int code = load((offset + done) / kBlock, &slot); code != SQLITE_OK) return code;
        std::memcpy(out + done, slot->plain.data() + at, static_cast<std::size_t>(part));
        done += part;
    }
    return there < size ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

int TempFile::write(const std::uint8_t* bytes, int size, std::int64_t offset) {
    if (size < 0 || offset < 0) return SQLITE_IOERR_WRITE;
    for (std::int64_t done = 0; done < size;) {
        const std::int64_t at = (offset + done) % kBlock;
        const std::int64_t part = std::min(kBlock - at, size - done);
        Slot* slot = nullptr;
        if (const int code = load((offset + done) / kBlock, &slot); code != SQLITE_OK) return code;
        std::memcpy(slot->plain.data() + at, bytes + done, static_cast<std::size_t>(part));
        slot->dirty = true;
        done += part;
        size_ = std::max(size_, offset + done);
    }
    return SQLITE_OK;
}

int TempFile::truncate(std::int64_t size) {
    if (size < 0) return SQLITE_IOERR_TRUNCATE;
    if (size >= size_) {
        size_ = size;
        return SQLITE_OK;
    }
    const std::int64_t blocks = (size + kBlock - 1) / kBlock;  // that stay, the last one perhaps in part
    if (size % kBlock != 0) {  // bytes beyond the end must read as zeros if it grows again
        Slot* slot = nullptr;
        if (const int code = load(size / kBlock, &slot); code != SQLITE_OK) return code;
        std::fill(slot->plain.begin() + size % kBlock, slot->plain.end(), std::uint8_t{0});
        slot->dirty = true;
    }
    for (Slot& slot : slots_) {
        if (slot.block < blocks) continue;
        slot.block = -1;
        slot.dirty = false;
        slot.used = 0;
    }
    if (static_cast<std::size_t>(blocks) < in_file_.size()) in_file_.resize(static_cast<std::size_t>(blocks));
    size_ = size;
    return base()->pMethods->xTruncate(base(), static_cast<std::int64_t>(in_file_.size()) * kTempBlockBytes);
}

int TempFile::size(std::int64_t* out) {
    *out = size_;
    return SQLITE_OK;
}

int TempFile::control(int operation, void* argument) {
    switch (operation) {
        case SQLITE_FCNTL_CHUNK_SIZE:
        case SQLITE_FCNTL_SIZE_HINT: return SQLITE_OK;
        case SQLITE_FCNTL_MMAP_SIZE: *static_cast<sqlite3_int64*>(argument) = 0; return SQLITE_OK;
        default: return File::control(operation, argument);
    }
}

}  // namespace tally::store
