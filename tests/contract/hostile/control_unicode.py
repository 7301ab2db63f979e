# property: names and text in many scripts
# family: control
# right: PASS

def größe(ξ, 二):
    print("Ω ≈ ç √ 😀", ξ, 二)
    return ξ + 二


add = größe
