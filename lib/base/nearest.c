#include "base/text.h"

#include <string.h>

bool sr_text_nearer(const char *name, const char *word,
                    struct sr_nearest *nearest)
{
    const size_t letters = strlen(name);
    const int limit = letters <= 4 ? 1 : letters <= 8 ? 2 : 3;
    const int distance = sr_text_distance(name, word);
    if (distance > limit || (nearest->word && distance >= nearest->distance))
        return false;
    *nearest = (struct sr_nearest){word, distance};
    return true;
}
