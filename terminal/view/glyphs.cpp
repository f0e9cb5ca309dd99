#include "terminal/view/glyphs.h"

#include <ft2build.h>
#include FT_FREETYPE_H

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "terminal/model/utf8.h"

namespace tally::terminal {

namespace {

constexpr const char* kFamily = "Noto Sans CJK SC";
constexpr std::array<const char*, 2> kCollections = {"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
                                                     "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"};
constexpr const char* kOthers = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";  // scripts that Noto CJK lacks
constexpr int kSpace = 1;  // between glyphs, so that filtering never mixes two

// The order of faces in a collection is no promise: look each in the name.
FT_Face open_named(FT_Library library, const char* path, const char* family) {
    FT_Face face = nullptr;
    if (FT_New_Face(library, path, 0, &face) != 0) return nullptr;
    const FT_Long count = face->num_faces;
    for (FT_Long index = 0;; ++index) {
        if (face && face->family_name && std::strcmp(face->family_name, family) == 0) return face;
        if (face) FT_Done_Face(face);
        face = nullptr;
        if (index + 1 >= count) return nullptr;
        if (FT_New_Face(library, path, index + 1, &face) != 0) face = nullptr;
    }
}

}  // namespace

struct Glyphs::Faces {
    FT_Library library = nullptr;
    std::array<FT_Face, 3> faces{};  // regular, bold, others
    std::array<int, 3> em{};
    ~Faces() {
        for (FT_Face face : faces)
            if (face) FT_Done_Face(face);
        if (library) FT_Done_FreeType(library);
    }
    bool set_em(std::size_t which, int em_px) {
        if (em[which] == em_px) return true;
        em[which] = em_px;
        return FT_Set_Pixel_Sizes(faces[which], 0, static_cast<FT_UInt>(em_px)) == 0;
    }
};

Glyphs::Glyphs() : faces_(std::make_unique<Faces>()), pixels_(std::size_t{kTextureSize} * kTextureSize) {}
Glyphs::~Glyphs() = default;

Result<std::unique_ptr<Glyphs>> Glyphs::load() {
    std::unique_ptr<Glyphs> out(new Glyphs());
    Faces& faces = *out->faces_;
    if (FT_Init_FreeType(&faces.library) != 0) return fail(Code::kIo, "FreeType does not start");
    for (std::size_t i = 0; i < kCollections.size(); ++i) {
        faces.faces[i] = open_named(faces.library, kCollections[i], kFamily);
        if (!faces.faces[i])
            return fail(Code::kNotFound, std::string("font not installed (fonts-noto-cjk): ") + kCollections[i]);
    }
    if (FT_New_Face(faces.library, kOthers, 0, &faces.faces[2]) != 0) faces.faces[2] = nullptr;
    return out;
}

bool Glyphs::has(char32_t character) const {
    return FT_Get_Char_Index(faces_->faces[0], character) != 0 ||
           (faces_->faces[2] && FT_Get_Char_Index(faces_->faces[2], character) != 0);
}

const Glyph& Glyphs::glyph(char32_t character, Face face, int em_px) {
    em_px = std::clamp(em_px, 6, 400);
    const std::uint64_t key =
        (static_cast<std::uint64_t>(face) << 56) | (static_cast<std::uint64_t>(em_px) << 32) | character;
    const auto known = known_.find(key);
    if (known != known_.end()) return known->second;
    const Glyph made = rasterise(character, face, em_px);
    return known_[key] = made;
}

Glyph Glyphs::rasterise(char32_t character, Face face, int em_px) {
    std::size_t which = static_cast<std::size_t>(face);
    FT_UInt index = FT_Get_Char_Index(faces_->faces[which], character);
    if (index == 0 && faces_->faces[2]) {
        const FT_UInt other = FT_Get_Char_Index(faces_->faces[2], character);
        if (other != 0) which = 2, index = other;
    }
    Glyph out;
    out.missing = index == 0;
    const FT_Face source = faces_->faces[which];
    if (!faces_->set_em(which, em_px)) return out;
    if (FT_Load_Glyph(source, index, FT_LOAD_TARGET_LIGHT | FT_LOAD_RENDER | FT_LOAD_NO_BITMAP) != 0) return out;
    const FT_GlyphSlot slot = source->glyph;
    const FT_Bitmap& bitmap = slot->bitmap;
    out.advance = static_cast<float>((slot->advance.x + 32) >> 6);
    out.left = static_cast<float>(slot->bitmap_left);
    out.top = static_cast<float>(-slot->bitmap_top);
    const int width = static_cast<int>(bitmap.width), height = static_cast<int>(bitmap.rows);
    if (width == 0 || height == 0 || bitmap.pixel_mode != FT_PIXEL_MODE_GRAY) return out;
    if (!place(width, height, out.x, out.y)) return out;
    out.width = width, out.height = height;
    for (int row = 0; row < height; ++row) {
        std::memcpy(&pixels_[static_cast<std::size_t>(out.y + row) * kTextureSize + static_cast<std::size_t>(out.x)],
                    bitmap.buffer + static_cast<std::ptrdiff_t>(row) * bitmap.pitch, static_cast<std::size_t>(width));
    }
    const int right = std::max(dirty_.x + dirty_.width, out.x + width),
              bottom = std::max(dirty_.y + dirty_.height, out.y + height);
    if (dirty_.width == 0) {
        dirty_ = {out.x, out.y, width, height};
    } else {
        dirty_.x = std::min(dirty_.x, out.x), dirty_.y = std::min(dirty_.y, out.y);
        dirty_.width = right - dirty_.x, dirty_.height = bottom - dirty_.y;
    }
    return out;
}

// Rows of glyphs ("shelves"); a full texture is emptied, for what one screen shows always fits an empty one.
bool Glyphs::place(int width, int height, int& x, int& y) {
    if (width + kSpace > kTextureSize || height + kSpace > kTextureSize) return false;
    if (shelf_x_ + width + kSpace > kTextureSize) shelf_x_ = 0, shelf_y_ += shelf_height_, shelf_height_ = 0;
    if (shelf_y_ + height + kSpace > kTextureSize) {
        known_.clear();
        std::fill(pixels_.begin(), pixels_.end(), std::uint8_t{0});
        shelf_x_ = shelf_y_ = shelf_height_ = 0;
        dirty_ = {0, 0, kTextureSize, kTextureSize};
        restarted_ = true;
    }
    x = shelf_x_, y = shelf_y_;
    shelf_x_ += width + kSpace;
    shelf_height_ = std::max(shelf_height_, height + kSpace);
    return true;
}

float Glyphs::width(std::string_view text, Face face, int em_px) {
    float total = 0;
    for (std::size_t at = 0; at < text.size();) total += glyph(next_character(text, at), face, em_px).advance;
    return total;
}

std::optional<DirtyRect> Glyphs::take_dirty() {
    if (dirty_.width == 0) return std::nullopt;
    const DirtyRect out = dirty_;
    dirty_ = {};
    return out;
}

bool Glyphs::take_restarted() { return std::exchange(restarted_, false); }

}  // namespace tally::terminal
