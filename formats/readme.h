/*
 * readme.h - README.txt of every archive: for whoever finds it in ten years.
 */
#ifndef FORMATS_README_H
#define FORMATS_README_H

#include "common/buf.h"
#include "formats/model.h"

void readme_add(const struct snapshot_info *info, struct buf *out);

#endif /* FORMATS_README_H */
