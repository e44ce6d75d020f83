"""The tiny example: the smallest problem on which a submission's answer is not the right one."""
