#include "report/family.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool sr_family_epsilon(const char *title, struct sr_family *f)
{
    const char *last = strrchr(title, ' ');
    if (!last || strstr(title, "slope") || !sr_text_real(last + 1, &f->at))
        return false;
    snprintf(f->name, sizeof f->name, "%.*s", (int)(last - title), title);
    return true;
}

bool sr_family_steps(const char *title, struct sr_family *f)
{
    const char *dash = strchr(title, '-');
    const size_t digits = dash ? strspn(dash + 1, "0123456789") : 0;
    char number[16];
    if (digits == 0 || digits >= sizeof number || dash[1 + digits] != ' ')
        return false;
    snprintf(number, sizeof number, "%.*s", (int)digits, dash + 1);
    snprintf(f->name, sizeof f->name, "%.*s%s", (int)(dash - title), title,
             dash + 1 + digits);
    return sr_text_real(number, &f->at);
}
